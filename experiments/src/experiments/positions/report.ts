import { type LinePoint, lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import { mean } from '../../lab/statistics.ts';
import type { PositionKind } from './model.ts';
import type { PositionRun, PositionsResult } from './result.ts';

const names: Readonly<Record<Language, Readonly<Record<PositionKind, string>>>> = {
  en: {
    none: 'none',
    learned: 'learned',
    sinusoidal: 'sinusoidal',
    rotary: 'rotary',
    alibi: 'ALiBi',
    t5: 'T5 bias',
  },
  ko: {
    none: '없음',
    learned: '학습된 위치',
    sinusoidal: '사인파',
    rotary: '회전(RoPE)',
    alibi: 'ALiBi',
    t5: 'T5 편향',
  },
};

const texts = {
  en: {
    positions: 'positions',
    parameters: 'parameters',
    reached: 'steps to 90 %',
    lengths: (from: number, to: number) => `${from}–${to}`,
    caption: (trained: string, seeds: number) =>
      `Strings copied without an error, in %, by length; trained on ${trained} letters. ${seeds === 1 ? 'One seed.' : `Mean of ${seeds} seeds, least and greatest in brackets.`}`,
    title: 'Strings copied without an error, by length',
    subtitle: (trained: string, seeds: number) =>
      `${seeds === 1 ? 'One seed' : `Mean of ${seeds} seeds; bands: least and greatest`}. Trained on ${trained} letters`,
    length: 'letters',
    exact: 'without an error',
    trainedRule: 'longest trained',
    progress: 'Strings copied without an error, over the training',
    progressSubtitle: (seeds: number) =>
      `Validation strings of the trained lengths; ${seeds === 1 ? 'one seed' : `mean of ${seeds} seeds`}`,
    steps: 'steps',
    never: 'not reached',
  },
  ko: {
    positions: '위치',
    parameters: '매개변수',
    reached: '90 %까지의 단계',
    lengths: (from: number, to: number) => `${from}–${to}`,
    caption: (trained: string, seeds: number) =>
      `오류 없이 복사한 문자열의 비율(%), 길이별. 학습 길이는 ${trained}자. ${seeds === 1 ? '시드 하나.' : `시드 ${seeds}개의 평균, 괄호 안은 최소와 최대.`}`,
    title: '오류 없이 복사한 문자열, 길이별',
    subtitle: (trained: string, seeds: number) =>
      `${seeds === 1 ? '시드 하나' : `시드 ${seeds}개의 평균, 띠는 최소와 최대`}. 학습 길이 ${trained}자`,
    length: '글자 수',
    exact: '오류 없음',
    trainedRule: '가장 긴 학습 길이',
    progress: '오류 없이 복사한 문자열, 학습 중',
    progressSubtitle: (seeds: number) =>
      `학습 길이의 검증 문자열, ${seeds === 1 ? '시드 하나' : `시드 ${seeds}개의 평균`}`,
    steps: '단계',
    never: '도달하지 못함',
  },
} as const;

/** Mean, least and greatest of the runs' values. */
function spread(runs: readonly PositionRun[], of: (run: PositionRun) => number) {
  const values = runs.map(of);
  return { mean: mean(values), low: Math.min(...values), high: Math.max(...values) };
}

/** Steps after which 90 % of the validation strings are copied, the mean over seeds; null if a seed does not reach it. */
export function stepsTo(runs: readonly PositionRun[], exact: number): number | null {
  const steps = runs.map(({ progress }) => progress.find((point) => point.exact >= exact)?.step);
  if (steps.some((step) => step === undefined)) return null;
  return steps.reduce<number>((sum, step) => sum + step!, 0) / steps.length;
}

export function tables({ kinds, trained }: PositionsResult, language: Language): string {
  const text = texts[language];
  const bins = kinds[0]!.runs[0]!.byLength;
  const rows = kinds.map(({ kind, runs }) => {
    const scores = bins.map((_, i) => {
      const { mean, low, high } = spread(runs, ({ byLength }) => byLength[i]!.exact);
      return runs.length === 1
        ? percent(mean, 0)
        : `${percent(mean, 0)} (${percent(low, 0)}–${percent(high, 0)})`;
    });
    const reached = stepsTo(runs, 0.9);
    return [
      names[language][kind],
      runs[0]!.parameters.toLocaleString('en'),
      reached === null ? text.never : reached.toFixed(0),
      ...scores,
    ];
  });
  const head = [
    text.positions,
    text.parameters,
    text.reached,
    ...bins.map(({ from, to }) => text.lengths(from, to)),
  ];
  return `${text.caption(trained.join('–'), kinds[0]!.runs.length)}\n\n${markdownTable(head, rows)}`;
}

export function figures({ kinds, trained }: PositionsResult, language: Language): Record<string, string> {
  const text = texts[language];
  const seeds = kinds[0]!.runs.length;
  const series = (of: (runs: readonly PositionRun[]) => LinePoint[]) =>
    kinds.map(({ kind, runs }) => ({ name: names[language][kind], points: of(runs) }));
  const share = { label: text.exact, domain: [0, 1] as const, format: '.0%' };
  return {
    '': lineChart({
      title: text.title,
      subtitle: text.subtitle(trained.join('–'), seeds),
      x: { label: text.length },
      y: share,
      rules: [{ x: trained[1] + 0.5, label: text.trainedRule }],
      series: series((runs) =>
        runs[0]!.byLength.map(({ from, to }, i) => {
          const { mean, low, high } = spread(runs, ({ byLength }) => byLength[i]!.exact);
          return { x: (from + to) / 2, y: mean, low, high };
        }),
      ),
    }),
    training: lineChart({
      title: text.progress,
      subtitle: text.progressSubtitle(seeds),
      x: { label: text.steps },
      y: share,
      series: series((runs) =>
        runs[0]!.progress.map(({ step }, i) => ({
          x: step,
          y: spread(runs, ({ progress }) => progress[i]!.exact).mean,
        })),
      ),
    }),
  };
}
