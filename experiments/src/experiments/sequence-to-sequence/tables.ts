import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { Scores } from '../../sequences/score.ts';
import { modelNames } from './architectures.ts';
import type { SequenceToSequenceResult } from './result.ts';
import { stepsInSequence } from './steps.ts';
import { taskNames } from './tasks.ts';
import { modelTexts, taskTexts, words } from './texts.ts';

export function tables(result: SequenceToSequenceResult, language: Language): string {
  const word = words[language];
  const names = modelTexts[language];
  const scores = taskNames.map((task) => {
    const models = modelNames.flatMap((name) =>
      result.models.filter((one) => one.task === task && one.model === name),
    );
    const rate = ({ exact }: Scores) => percent(exact);
    const table = markdownTable(
      [
        word.model,
        word.parameters,
        word.width,
        word.exact,
        word.longest,
        word.longer,
        word.bleu,
        word.errors,
        word.seconds,
      ],
      models.map(
        ({ model, parameters, width, test, longestThird, longer, secondsPerEpoch }): (string | number)[] => [
          names[model],
          parameters.toLocaleString('en'),
          width,
          rate(test),
          rate(longestThird),
          rate(longer),
          test.bleu.toFixed(1),
          percent(test.tokenErrorRate),
          secondsPerEpoch.toFixed(0),
        ],
      ),
    );
    return `**${taskTexts[language][task]}**\n\n${table}`;
  });
  return [
    ...scores,
    `**${word.seedsTitle}**\n\n${seedTable(result, language)}`,
    `**${word.alignmentTitle}**\n\n${alignmentTable(result, language)}`,
    `**${word.gradientTitle}**\n\n${gradientTable(result, language)}`,
    `**${word.stepsTitle}**\n\n${stepsTable(language)}`,
  ].join('\n\n');
}

const range = (values: readonly number[]) =>
  `${percent(Math.min(...values))} – ${percent(Math.max(...values))}`;

function seedTable({ seeds }: SequenceToSequenceResult, language: Language): string {
  const word = words[language];
  const keys = [...new Set(seeds.map(({ task, model }) => `${task} ${model}`))];
  return markdownTable(
    [word.task, word.model, word.exact, word.longest],
    keys.map((key) => {
      const group = seeds.filter(({ task, model }) => `${task} ${model}` === key);
      const [{ task, model }] = group as [(typeof group)[number]];
      return [
        taskTexts[language][task],
        modelTexts[language][model],
        range(group.map(({ exact }) => exact)),
        range(group.map(({ longestThird }) => longestThird)),
      ];
    }),
  );
}

function alignmentTable({ models }: SequenceToSequenceResult, language: Language): string {
  const word = words[language];
  return markdownTable(
    [word.model, word.yearWeight],
    models.flatMap(({ model, yearWeight }) =>
      yearWeight === undefined ? [] : [[modelTexts[language][model], yearWeight.toFixed(2)]],
    ),
  );
}

function gradientTable({ models }: SequenceToSequenceResult, language: Language): string {
  const word = words[language];
  const measured = models.flatMap(({ model, gradients }) => (gradients ? [{ model, ...gradients }] : []));
  const distances = measured[0]?.initial.map(({ distance }) => distance) ?? [];
  const shown = [distances[0], distances.at(-1)].filter((distance) => distance !== undefined);
  const format = (value: number) => value.toExponential(1);
  return markdownTable(
    [
      word.model,
      ...([word.initial, word.trained] as const).flatMap((when) => shown.map((d) => `${when}, ${d}`)),
    ],
    measured.map(({ model, initial, trained }) => [
      modelTexts[language][model],
      ...[initial, trained].flatMap((norms) =>
        shown.map((d) => format(norms.find(({ distance }) => distance === d)!.norm)),
      ),
    ]),
  );
}

function stepsTable(language: Language): string {
  const word = words[language];
  const row = (kind: 'recurrent' | 'transformer', formulas: readonly string[]) => {
    const { training, use } = stepsInSequence(kind, { source: 20, target: 20, layers: 2 });
    return [
      kind === 'recurrent' ? word.recurrent : modelTexts[language].transformer,
      ...formulas,
      training,
      use,
    ];
  };
  return markdownTable(
    [word.model, word.trainSteps, word.useSteps, word.trainTwenty, word.useTwenty],
    [row('recurrent', ['n + m', 'n + m']), row('transformer', ['2L', 'L + L · m'])],
  );
}
