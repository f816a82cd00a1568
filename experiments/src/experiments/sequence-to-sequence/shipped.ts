import { readFileSync } from 'node:fs';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Lab } from '../../lab/lab.ts';
import type { ModelCard, ShippedModel } from '../../shipping/ship.ts';
import { readWeights } from '../../shipping/weights.ts';
import type { ModelName } from './architectures.ts';
import type { SequenceToSequenceResult } from './result.ts';
import { createTask, settingsOf, type TaskName } from './tasks.ts';
import { type ModelResult, modelPaths } from './train.ts';

interface Shipment {
  readonly name: string;
  readonly task: TaskName;
  readonly model: ModelName;
  readonly languages: readonly string[];
  readonly does: string;
  readonly limits: readonly string[];
  readonly input: string;
}

const dates = {
  task: 'dates',
  languages: ['en', 'ko'],
  limits: [
    'Dates from 1900 to 2099, in the 26 American and British styles of `Intl.DateTimeFormat` that it was trained on.',
    'One date or two, joined by `; `.',
  ],
  input: 'Wednesday, November 28, 2029',
} as const;

const grammar = {
  languages: ['en', 'ko'],
  limits: [
    'Sentences of one or two clauses of a grammar of about 150 words. Other words give wrong or no sense.',
    'A sentence out of the grammar is translated into the closest one that it knows, without a warning.',
  ],
} as const;

function shipments({ shown }: SequenceToSequenceResult): readonly Shipment[] {
  return [
    { ...dates, name: 'dates-fixed', model: 'gru', does: 'Translates English dates into Korean' },
    { ...dates, name: 'dates-attention', model: shown.dates, does: 'Translates English dates into Korean' },
    {
      ...dates,
      name: 'dates-transformer',
      model: 'transformer',
      does: 'Translates English dates into Korean',
    },
    {
      ...grammar,
      model: shown.grammar,
      name: 'grammar-en-ko',
      task: 'grammar-en-ko',
      does: 'Translates simple English sentences into casual Korean',
      input: 'I love you',
    },
    {
      ...grammar,
      model: shown.grammar,
      name: 'grammar-ko-en',
      task: 'grammar-ko-en',
      does: 'Translates simple Korean sentences, in any style of speech, into English',
      input: '나는 사과를 먹는다',
    },
  ];
}

/** The models of `@headwise/models`: those of the run's own seed. */
export function models(result: SequenceToSequenceResult, lab: Lab): Promise<readonly ShippedModel[]> {
  return Promise.all(shipments(result).map((shipment) => shippedModel(shipment, result, lab)));
}

async function shippedModel(
  shipment: Shipment,
  result: SequenceToSequenceResult,
  lab: Lab,
): Promise<ShippedModel> {
  const { name, task, model } = shipment;
  const { files, tokenizer } = await createTask(task, settingsOf(lab, task));
  const paths = modelPaths(lab, { task, model, seed: lab.seed });
  const config = JSON.parse(readFileSync(paths.config, 'utf8')) as Record<string, unknown>;
  const trained = result.models.find((one) => one.task === task && one.model === model)!;
  return {
    name,
    config,
    files,
    weights: readWeights(paths.weights),
    card: cardOf(shipment, trained, result, tokenizer.vocabSize, outputOf(trained, shipment.input)),
  };
}

function outputOf({ examples }: ModelResult, input: string): string {
  const example = examples.find(({ source }) => source === input);
  if (!example) throw new Error(`${input}: expected among the examples of the model`);
  return example.output;
}

const range = (values: readonly number[]) =>
  `${percent(Math.min(...values))} to ${percent(Math.max(...values))}`;

function cardOf(
  { name, task, model, languages, does, limits, input }: Shipment,
  trained: ModelResult,
  { seeds, settings }: SequenceToSequenceResult,
  vocabulary: number,
  output: string,
): ModelCard {
  const { test, longestThird, longer, parameters } = trained;
  const others = seeds.filter((one) => one.task === task && one.model === model);
  const { pairs, sizes, ...rest } = settings[task];
  const { batchSize } = model === 'transformer' ? rest.transformer : rest.recurrent;
  return {
    summary: `${does}. ${architectureText(trained)}; ${parameters.toLocaleString('en')} parameters, ${vocabulary} tokens for both languages.`,
    languages,
    task: 'translation',
    dataLicense: task === 'dates' ? 'Unicode-3.0' : 'MIT',
    data: `${dataText[task]} ${(pairs / batchSize).toLocaleString('en')} steps of ${batchSize} pairs, of ${sizes.train.toLocaleString('en')} different ones; AdamW, cosine schedule.`,
    command: 'npm run experiment -- sequence-to-sequence',
    seed: trained.seed,
    figures: `Greedy decoding. "Longer" are inputs longer than all that were trained on.

${markdownTable(
  ['part', 'pairs', 'exact, %', 'token errors, %', 'BLEU'],
  (
    [
      ['test', test],
      ['test, longest third', longestThird],
      ['longer', longer],
    ] as const
  ).map(([part, { count, exact, tokenErrorRate, bleu }]) => [
    part,
    count,
    percent(exact),
    percent(tokenErrorRate),
    bleu.toFixed(1),
  ]),
)}

Three seeds: ${range(others.map(({ exact }) => exact))} % exact on the test part.`,
    limits: [...limits, `Of longer inputs than it was trained on, ${percent(longer.exact)} % are right.`],
    example: `import { loadModel } from '@headwise/core';
import { modelSource } from '@headwise/models';

const model = await loadModel(await modelSource('${name}'));
const { text } = await model.generate('${input}');
console.log(text); // ${output}`,
  };
}

const dataText: Readonly<Record<TaskName, string>> = {
  dates:
    'Dates and times, alone or two together, made with `Intl.DateTimeFormat`: locale data of the Unicode CLDR (Unicode-3.0). No date of the test part is trained on in any style.',
  reversal: 'Random strings.',
  'grammar-en-ko':
    'Sentences of a grammar of this project (MIT). No combination of words of the test part is trained on.',
  'grammar-ko-en':
    'Sentences of a grammar of this project (MIT). No combination of words of the test part is trained on.',
};

function architectureText({ task, model, width }: ModelResult): string {
  if (model === 'transformer') return `An encoder–decoder transformer (Marian), 2 + 2 layers, ${width} wide`;
  const [cell = '', attention] = model.split('-');
  const with_ = attention ? `with ${attention} attention` : 'without attention: a fixed vector';
  const directions = task.startsWith('grammar') ? ', the encoder in both directions' : '';
  return `A recurrent encoder–decoder of ${cell.toUpperCase()}s, ${width} wide${directions}, ${with_}`;
}
