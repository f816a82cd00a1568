import { barChart, lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { Part } from './measure.ts';
import type { Method, Result } from './result.ts';
import { studentNames } from './result.ts';
import type { RetrievalScores } from './retrieval.ts';
import { texts } from './texts.ts';

const cells = ({ recallAt1, recallAt5, mrr }: RetrievalScores) => [
  percent(recallAt1),
  percent(recallAt5),
  mrr.toFixed(3),
];

/** Methods of the tables, weakest first. */
const english: readonly Method[] = [
  'chance',
  'teacher',
  'ngrams',
  'nearest',
  'mse',
  'ranking',
  'shipped',
  'int8',
];
const korean: readonly Method[] = [
  'chance',
  'teacher',
  'ngrams',
  'nearest',
  'mse',
  'ranking',
  'shipped',
  'int8',
];

const whole = (count: number) => count.toLocaleString('en-US');

/** A class of a property: 3, 3–5 or 6+. */
const classOf = ({ from, to }: Part) =>
  to === null ? `${from}+` : from === to ? `${from}` : `${from}–${to}`;

export function tables(result: Result, language: Language): string {
  const words = texts[language];
  const { scores, students } = result;
  const sets = (side: 'english' | 'korean', names: readonly string[]) =>
    names.map((name) => (scores.shipped[side] as Readonly<Record<string, RetrievalScores>>)[name]!);
  const head = (
    side: 'english' | 'korean',
    names: readonly ('real' | 'grammar' | 'rights' | 'paraphrases' | 'translations')[],
  ) =>
    sets(side, names).flatMap(({ candidates }, i) => [
      `${words.sets[names[i]!]} (${whole(candidates)}): R@1`,
      'R@5',
      'MRR',
    ]);
  const row = (method: Method, side: 'english' | 'korean', names: readonly string[]) => [
    words.methods[method],
    ...names.flatMap((name) =>
      cells((scores[method][side] as Readonly<Record<string, RetrievalScores>>)[name]!),
    ),
  ];
  const inEnglish = ['real', 'grammar', 'rights'] as const;
  const inKorean = ['paraphrases', 'translations'] as const;
  const withInterfaces = result.ranking ? 'ranking' : 'mse';
  const part = (title: string, parts: readonly Part[]) =>
    markdownTable(
      [title, words.queries, 'R@1', 'R@5', 'MRR'],
      parts.map((one) => [classOf(one), whole(one.queries), ...cells(one)]),
    );
  return [
    markdownTable(
      [words.student, words.loss, words.pairs, words.epochs, words.steps, words.lastLoss, words.validation],
      studentNames.map((name) => {
        const { recipe, pairs, steps, lastLoss, validation } = students[name];
        return [
          words.methods[name],
          words.losses[recipe.ranking ? 'ranking' : 'mse'],
          whole(pairs),
          recipe.epochs,
          whole(steps),
          lastLoss.toFixed(3),
          percent(validation.recallAt1),
        ];
      }),
    ),
    words.koreanToEnglish,
    markdownTable(
      [words.method, ...head('english', inEnglish)],
      english.map((method) => row(method, 'english', inEnglish)),
    ),
    words.leftOut(
      whole(scores.leftOut.english.interfaces.queries),
      whole(scores.leftOut.english.interfaces.candidates),
    ),
    markdownTable(
      [words.method, 'R@1', 'R@5', 'MRR'],
      (['chance', 'nearest', withInterfaces, 'leftOut'] as const).map((method) =>
        row(method, 'english', ['interfaces']),
      ),
    ),
    words.koreanToKorean,
    markdownTable(
      [
        words.method,
        ...inKorean.flatMap((name) => [
          `${words.sets[name]} (${whole(scores.shipped.korean[name].queries)}/${whole(scores.shipped.korean[name].candidates)}): R@1`,
          'R@5',
          'MRR',
        ]),
      ],
      korean.map((method) => row(method, 'korean', inKorean)),
    ),
    words.agreementText,
    markdownTable(
      ['', words.cosine, words.spearman],
      (['teacherOnKorean', 'korean', 'english'] as const).map((name) => [
        words.agreement[name],
        result.agreement[name].cosine.toFixed(3),
        result.agreement[name].spearman.toFixed(3),
      ]),
    ),
    markdownTable(
      [words.contrast, words.queries, words.correct, words.teacherSimilarity],
      (['negation', 'day'] as const).map((name) => {
        const { count, accuracy, teacherSimilarity } = result.contrasts[name];
        return [words.contrasts[name], whole(count), percent(accuracy), teacherSimilarity.toFixed(3)];
      }),
    ),
    words.partsText,
    part(words.unseenWords, result.byUnseenWords),
    part(words.characters, result.byLength),
    markdownTable(
      [words.domain, words.queries, 'R@1', 'R@5', 'MRR'],
      result.byDomain.map((one) => [one.domain, whole(one.queries), ...cells(one)]),
    ),
    words.missesText,
    markdownTable(
      [words.query, words.right, words.found, words.rank],
      result.misses.map(({ korean: text, english: right, found, rank }) => [text, right, found, rank]),
    ),
    words.int8Text(
      result.int8.meanCosine.toFixed(5),
      result.int8.leastCosine.toFixed(4),
      (result.int8.bytes / 1e6).toFixed(2),
      (result.int8.allBytes / 1e6).toFixed(2),
    ),
  ].join('\n\n');
}

export function figures(result: Result, language: Language): Readonly<Record<string, string>> {
  const words = texts[language];
  const { scores } = result;
  const shown = english.filter((method) => method !== 'int8');
  const bars = (values: readonly number[]) => values.map((value) => 100 * value);
  return {
    recall: barChart({
      title: words.recallTitle,
      subtitle: words.recallSubtitle,
      value: { label: words.recallAxis, domain: [0, 100] },
      categories: shown.map((method) => words.methods[method]),
      facets: (['real', 'grammar', 'rights'] as const).map((set) => ({
        title: words.sets[set],
        series: [
          { name: 'R@1', values: bars(shown.map((method) => scores[method].english[set].recallAt1)) },
          { name: 'R@5', values: bars(shown.map((method) => scores[method].english[set].recallAt5)) },
        ],
      })),
      columns: 1,
    }),
    parts: lineChart({
      title: words.partsTitle,
      subtitle: words.partsSubtitle,
      x: { label: '' },
      y: { label: words.recallAxis, domain: [0, 100] },
      facets: [
        [words.unseenWords, result.byUnseenWords] as const,
        [words.characters, result.byLength] as const,
      ].map(([title, parts]) => ({
        title,
        series: (['recallAt1', 'recallAt5'] as const).map((measure) => ({
          name: measure === 'recallAt1' ? 'R@1' : 'R@5',
          points: parts.map((one) => ({ x: classOf(one), y: 100 * one[measure] })),
        })),
      })),
    }),
  };
}
