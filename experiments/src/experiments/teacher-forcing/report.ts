import { type LinePoint, lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import { mean } from '../../lab/statistics.ts';
import { binned, type ErrorRates } from './exposure.ts';
import type { ModeRun, TeacherForcingResult } from './result.ts';
import type { InputMode } from './schedules.ts';
import type { ProgressPoint } from './train.ts';

const names: Readonly<Record<Language, Readonly<Record<InputMode, string>>>> = {
  en: {
    forced: 'teacher forcing',
    free: 'free running',
    linear: 'scheduled sampling, linear',
    'inverse-sigmoid': 'scheduled sampling, inverse sigmoid',
  },
  ko: {
    forced: '교사 강요',
    free: '자유 실행',
    linear: '스케줄드 샘플링(선형)',
    'inverse-sigmoid': '스케줄드 샘플링(역시그모이드)',
  },
};

const texts = {
  en: {
    training: 'training',
    loss: 'loss',
    exact: 'exact match, %',
    forced: 'errors with right inputs, %',
    own: 'errors with own inputs, %',
    afterRight: 'after a right token',
    afterError: 'after an error',
    afterErrorForced: 'after an error, right inputs',
    cpu: 'CPU, ms per step',
    scores: (pairs: string, seeds: number) =>
      `After the training, on ${pairs} dates of the test${seeds === 1 ? ', one seed' : `; mean of ${seeds} seeds, least and greatest in brackets`}. Loss: cross entropy of a token with right inputs, in nats. Exact match: of greedy decoding.`,
    chains:
      'The probability that a token is wrong, in %, by whether the one before it was wrong; with own inputs, where not said otherwise.',
    progress: (steps: string) =>
      `In the middle of the training, after ${steps} steps, on the validation dates.`,
    progressTitle: 'Exact match of greedy decoding, over the training',
    lossTitle: 'Loss with right inputs, over the training',
    subtitle: (seeds: number) =>
      seeds === 1
        ? 'Validation dates; one seed'
        : `Validation dates; mean of ${seeds} seeds, bands: least and greatest`,
    steps: 'steps',
    nats: 'nats per token',
    share: 'exact match',
    positions: 'Errors by the position of the token',
    positionsSubtitle: (seeds: number) =>
      `Test dates, after the training; ${seeds === 1 ? 'one seed' : `mean of ${seeds} seeds`}`,
    position: 'target position',
    wrong: 'wrong tokens',
    rightInputs: 'right inputs',
    ownInputs: 'own inputs',
  },
  ko: {
    training: '학습',
    loss: '손실',
    exact: '완전 일치(%)',
    forced: '정답 입력일 때 오류(%)',
    own: '자기 출력 입력일 때 오류(%)',
    afterRight: '맞은 토큰 다음',
    afterError: '틀린 토큰 다음',
    afterErrorForced: '틀린 토큰 다음, 정답 입력',
    cpu: 'CPU, 단계당 ms',
    scores: (pairs: string, seeds: number) =>
      `학습 후 테스트 날짜 ${pairs}개에 대한 값, ${seeds === 1 ? '시드 하나' : `시드 ${seeds}개의 평균(괄호 안은 최소와 최대)`}. 손실은 정답을 입력으로 줄 때 토큰당 교차 엔트로피(nat), 완전 일치는 탐욕 디코딩.`,
    chains: '토큰이 틀릴 확률(%), 바로 앞 토큰이 틀렸는지에 따라. 따로 적지 않으면 자기 출력이 입력이다.',
    progress: (steps: string) => `학습 중간, ${steps} 단계 후 검증 날짜에 대한 값.`,
    progressTitle: '탐욕 디코딩의 완전 일치, 학습 중',
    lossTitle: '정답 입력일 때 손실, 학습 중',
    subtitle: (seeds: number) =>
      seeds === 1 ? '검증 날짜, 시드 하나' : `검증 날짜, 시드 ${seeds}개의 평균, 띠는 최소와 최대`,
    steps: '단계',
    nats: '토큰당 nat',
    share: '완전 일치',
    positions: '토큰 위치별 오류',
    positionsSubtitle: (seeds: number) =>
      `학습 후 테스트 날짜, ${seeds === 1 ? '시드 하나' : `시드 ${seeds}개의 평균`}`,
    position: '목표 위치',
    wrong: '틀린 토큰',
    rightInputs: '정답 입력',
    ownInputs: '자기 출력 입력',
  },
} as const;

/** The mean of the runs, and the least and the greatest if there are several. */
function spread(values: readonly number[], format: (value: number) => string): string {
  if (values.length === 1) return format(values[0]!);
  return `${format(mean(values))} (${format(Math.min(...values))}–${format(Math.max(...values))})`;
}

const inPercent = (value: number) => percent(value, 1);

/** The share of errors after an error; `–` if there was none. */
const afterErrors = (rates: readonly ErrorRates[]) => {
  const known = rates.flatMap(({ afterError }) => (afterError === null ? [] : [afterError]));
  return known.length === 0 ? '–' : spread(known, inPercent);
};

/** The evaluation in the middle of the training. */
const middleOf = ({ progress }: ModeRun): ProgressPoint => progress[Math.floor((progress.length - 1) / 2)]!;

export function tables({ modes, steps, testPairs }: TeacherForcingResult, language: Language): string {
  const text = texts[language];
  const seeds = modes[0]!.runs.length;
  const column = (runs: readonly ModeRun[], of: (run: ModeRun) => number, format = inPercent) =>
    spread(runs.map(of), format);
  const scores = modes.map(({ mode, runs }) => [
    names[language][mode],
    column(
      runs,
      ({ test }) => test.loss,
      (loss) => loss.toFixed(3),
    ),
    column(runs, ({ test }) => test.exact),
    column(runs, ({ test }) => test.forced.rate),
    column(runs, ({ test }) => test.own.rate),
    mean(runs.map(({ cpuSeconds }) => (1000 * cpuSeconds) / steps)).toFixed(0),
  ]);
  const chains = modes.map(({ mode, runs }) => [
    names[language][mode],
    column(runs, ({ test }) => test.own.afterRight),
    afterErrors(runs.map(({ test }) => test.own)),
    afterErrors(runs.map(({ test }) => test.forced)),
  ]);
  const middle = modes.map(({ mode, runs }) => [
    names[language][mode],
    column(
      runs,
      (run) => middleOf(run).loss,
      (loss) => loss.toFixed(3),
    ),
    column(runs, (run) => middleOf(run).exact),
    column(runs, (run) => middleOf(run).forcedErrors),
    column(runs, (run) => middleOf(run).ownErrors),
  ]);
  const head = [text.training, text.loss, text.exact, text.forced, text.own];
  return [
    text.scores(testPairs.toLocaleString('en'), seeds),
    markdownTable([...head, text.cpu], scores),
    text.progress(middleOf(modes[0]!.runs[0]!).step.toLocaleString('en')),
    markdownTable(head, middle),
    text.chains,
    markdownTable([text.training, text.afterRight, text.afterError, text.afterErrorForced], chains),
  ].join('\n\n');
}

export function figures({ modes }: TeacherForcingResult, language: Language): Record<string, string> {
  const text = texts[language];
  const seeds = modes[0]!.runs.length;
  const overSteps = (of: (point: ProgressPoint) => number) =>
    modes.map(({ mode, runs }) => ({
      name: names[language][mode],
      points: runs[0]!.progress.map(({ step }, i): LinePoint => {
        const values = runs.map(({ progress }) => of(progress[i]!));
        return { x: step, y: mean(values), low: Math.min(...values), high: Math.max(...values) };
      }),
    }));
  const byPosition = (runs: readonly ModeRun[], of: (run: ModeRun) => ErrorRates) =>
    binned(of(runs[0]!).byPosition, 4).map(({ from, to }, i): LinePoint => {
      const bins = runs.map((run) => binned(of(run).byPosition, 4)[i]!);
      return { x: (from + to) / 2 + 1, y: mean(bins.map(({ errors, count }) => errors / count)) };
    });
  return {
    '': lineChart({
      title: text.progressTitle,
      subtitle: text.subtitle(seeds),
      x: { label: text.steps },
      y: { label: text.share, domain: [0, 1], format: '.0%' },
      series: overSteps(({ exact }) => exact),
    }),
    loss: lineChart({
      title: text.lossTitle,
      subtitle: text.subtitle(seeds),
      x: { label: text.steps },
      y: { label: text.nats, scale: 'log' },
      series: overSteps(({ loss }) => loss),
    }),
    positions: lineChart({
      title: text.positions,
      subtitle: text.positionsSubtitle(seeds),
      x: { label: text.position },
      y: { label: text.wrong, format: '.0%' },
      columns: 2,
      facets: modes.map(({ mode, runs }) => ({
        title: names[language][mode],
        series: [
          { name: text.rightInputs, points: byPosition(runs, ({ test }) => test.forced) },
          { name: text.ownInputs, points: byPosition(runs, ({ test }) => test.own) },
        ],
      })),
    }),
  };
}
