import { heatmap, type LinePoint, lineChart } from '../../figures/index.ts';
import type { Language } from '../../lab/experiment.ts';
import type { Alignment } from './alignment.ts';
import type { ModelName } from './architectures.ts';
import type { SequenceToSequenceResult } from './result.ts';
import type { TaskName } from './tasks.ts';
import { modelTexts, taskTexts, words } from './texts.ts';
import type { ModelResult } from './train.ts';

const titles = {
  en: {
    lengths: 'Exact matches by the length of the source',
    lengthsSubtitle: 'Grey: longer sources than were trained on begin there. Seed 0.',
    longest: 'longest trained',
    gradients: 'Gradient of an output with respect to the source token that it copies',
    gradientsSubtitle:
      'Reversal of 15 different letters. Distance: recurrent steps between the two. Logarithmic.',
    date: 'Alignment of a date',
    dateSubtitle: 'Rows: output. Columns: source. Weights of each row sum to 1.',
    love: 'Alignment of "I love you"',
  },
  ko: {
    lengths: '원문 길이에 따른 완전 일치',
    lengthsSubtitle: '회색 선부터는 훈련한 것보다 긴 원문입니다. 시드 0.',
    longest: '훈련한 최대 길이',
    gradients: '출력이 베끼는 원문 토큰에 대한 그 출력의 기울기',
    gradientsSubtitle: '서로 다른 글자 15개를 뒤집습니다. 거리는 둘 사이의 순환 단계 수입니다. 로그 눈금.',
    date: '날짜의 정렬',
    dateSubtitle: '행은 출력, 열은 원문입니다. 각 행의 가중치를 더하면 1입니다.',
    love: '"I love you"의 정렬',
  },
} as const;

const charted: readonly ModelName[] = [
  'rnn',
  'lstm',
  'gru',
  'lstm-additive',
  'gru-additive',
  'gru-dot',
  'transformer',
];

/** Points in the middles of the bins, those of longer sources after the others. */
function pointsOf({ byLength, longerByLength }: ModelResult): LinePoint[] {
  return [...byLength, ...longerByLength]
    .filter(({ count }) => count >= 10)
    .map(({ from, to, exact }) => ({ x: (from + to) / 2, y: exact }))
    .toSorted((a, b) => a.x - b.x);
}

export function figures(
  result: SequenceToSequenceResult,
  language: Language,
): Readonly<Record<string, string>> {
  const text = titles[language];
  const names = modelTexts[language];
  const of = (task: TaskName, model: ModelName) =>
    result.models.find((one) => one.task === task && one.model === model);
  const facets = (['dates', 'reversal', 'grammar-en-ko'] as const).map((task) => ({
    title: taskTexts[language][task],
    series: charted.flatMap((model) => {
      const found = of(task, model);
      return found ? [{ name: names[model], points: pointsOf(found) }] : [];
    }),
    rules: [{ x: Math.max(...(of(task, 'gru')?.byLength.map(({ to }) => to) ?? [0])) }],
  }));
  const recurrent = result.models.filter(({ gradients }) => gradients);
  const gradients = (['initial', 'trained'] as const).map((when) => ({
    title: words[language][when],
    series: recurrent
      .filter(({ model }) => charted.includes(model) || model === 'rnn-additive')
      .map(({ model, gradients }) => ({
        name: names[model],
        points: gradients![when].map(({ distance, norm }) => ({ x: distance, y: Math.max(norm, 1e-12) })),
      })),
  }));
  const alignment = (task: TaskName, model: ModelName, example: number) =>
    of(task, model)?.examples[example]?.alignment;
  const date = alignment('dates', result.shown.dates, 0);
  const love = alignment('grammar-en-ko', result.shown.grammar, 0);
  return {
    lengths: lineChart({
      title: text.lengths,
      subtitle: text.lengthsSubtitle,
      x: { label: words[language].sourceTokens },
      y: { label: words[language].exactAxis, domain: [0, 1], format: '.0%' },
      facets,
      columns: 1,
    }),
    gradients: lineChart({
      title: text.gradients,
      subtitle: text.gradientsSubtitle,
      x: { label: words[language].distance },
      y: { label: words[language].norm, scale: 'log' },
      facets: gradients,
      columns: 2,
      height: 300,
    }),
    ...(date && { 'alignment-date': alignmentChart(text.date, text.dateSubtitle, date) }),
    ...(love && { 'alignment-love': alignmentChart(text.love, text.dateSubtitle, love) }),
  };
}

function alignmentChart(title: string, subtitle: string, { source, target, weights }: Alignment): string {
  return heatmap({
    title,
    subtitle,
    x: { label: '', names: source.map((token) => token.trim()) },
    y: { label: '', names: target.map((token) => token.trim()) },
    values: weights,
  });
}
