import { readFileSync } from 'node:fs';
import { loadG2p } from '@headwise/core';
import { openCheckpoints } from '@headwise/core/train';
import type { Word } from '../../data/phonemes.ts';
import { heatmap, lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Experiment, Language } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Architecture } from '../../sequences/architectures.ts';
import { createSequenceModel } from '../../sequences/models.ts';
import { encodePairs } from '../../sequences/task.ts';
import type { ShippedModel } from '../../shipping/ship.ts';
import { readWeights, writeWeights } from '../../shipping/weights.ts';
import { card } from './card.ts';
import { type PhonemeScores, phonemeScores, phonemeScoresByLength } from './score.ts';
import { type PhonemeTask, phonemeTask } from './task.ts';
import { TEXTS } from './texts.ts';

interface Trained extends PhonemeScores {
  readonly name: string;
  readonly parameters: number;
  /** CPU time of training, in minutes. */
  readonly minutes: number;
  /** Losses of the validation part, after each epoch. */
  readonly losses: readonly number[];
  readonly byLength: ReturnType<typeof phonemeScoresByLength>;
  /** Words with the model's phonemes, and the weights of each phoneme to the letters, if the model has attention. */
  readonly alignments: readonly {
    readonly word: string;
    readonly phonemes: readonly string[];
    readonly weights: readonly (readonly number[])[];
  }[];
}

export interface PhonemeResult {
  readonly models: readonly Trained[];
  /** g2p_en, a GRU with a fixed vector whose training data probably had the test words. */
  readonly g2pEn: PhonemeScores & Pick<Trained, 'byLength' | 'parameters'>;
}

interface Recipe {
  readonly name: string;
  readonly architecture: Architecture;
  readonly epochs: number;
  readonly learningRate: number;
  readonly labelSmoothing?: number;
}

const recurrent = { kind: 'recurrent', cell: 'gru', embeddingDim: 64 } as const;
/**
 * About as many parameters each. Without dropout the transformer's loss on the validation part rises after nine epochs; the recurrent models' does
 * not.
 */
const recipes: readonly Recipe[] = [
  {
    name: 'attention',
    architecture: { ...recurrent, attention: 'additive', hiddenSize: 160, bidirectional: true },
    epochs: 10,
    learningRate: 0.003,
  },
  {
    name: 'transformer',
    architecture: {
      kind: 'transformer',
      width: 128,
      heads: 4,
      encoderLayers: 3,
      decoderLayers: 2,
      feedForward: 256,
      dropout: 0.1,
    },
    epochs: 12,
    learningRate: 0.002,
    labelSmoothing: 0.1,
  },
  {
    name: 'fixed',
    architecture: { ...recurrent, attention: null, hiddenSize: 200, bidirectional: true },
    epochs: 10,
    learningRate: 0.003,
  },
];

const SHOWN = ['knight', 'phonemes', 'translation', 'thoughtful'];
const BINS = { width: 3, longest: 15 };

async function train(
  lab: Lab,
  task: PhonemeTask,
  { name, architecture, epochs, learningRate, labelSmoothing = 0 }: Recipe,
): Promise<Trained> {
  const model = await createSequenceModel(task, architecture, lab.seed);
  const losses: number[] = [];
  const start = process.cpuUsage();
  await model.train(encodePairs(task, task.data.train), {
    epochs: lab.size(epochs, 1),
    labelSmoothing,
    batchSize: 128,
    bucketByLength: true,
    learningRate,
    schedule: 'cosine',
    warmupRatio: 0.04,
    seed: lab.seed,
    evalExamples: encodePairs(task, task.data.validation.slice(0, 1000)),
    checkpoints: { storage: openCheckpoints(lab.path('training', name)), every: 200, keep: 1 },
    onEvaluate: ({ epoch, metrics }) => {
      losses.push(metrics.loss!);
      lab.log(`${name}: epoch ${epoch}, validation loss ${metrics.loss!.toFixed(4)}`);
    },
  });
  const { user, system } = process.cpuUsage(start);
  writeWeights(lab.path(`${name}.safetensors`), model.weights());
  const decoded = await model.decode(task.words.test.map(({ spelling }) => spelling));
  const outputs = decoded.map(({ text }) => text.split(' '));
  const hasAttention = !(architecture.kind === 'recurrent' && architecture.attention === null);
  const shown = hasAttention ? await model.decode(SHOWN, { alignments: true }) : [];
  const result = {
    name,
    parameters: model.parameterCount,
    minutes: (user + system) / 60e6,
    losses,
    ...phonemeScores(task.words.test, outputs),
    byLength: phonemeScoresByLength(task.words.test, outputs, BINS),
    alignments: shown.map(({ text, alignment = [] }, i) => ({
      word: SHOWN[i]!,
      phonemes: text.split(' '),
      weights: alignment.map((row) => row.map((weight) => Math.round(1000 * weight) / 1000)),
    })),
  };
  model.dispose();
  return result;
}

/** Scores of g2p_en; its stress marks are removed. */
async function scoreG2pEn(words: readonly Word[]): Promise<PhonemeResult['g2pEn']> {
  const file = new URL(import.meta.resolve('tiny-tts/g2p_model.json'));
  const bytes = readFileSync(file);
  const model = await loadG2p(new Map([['g2p_model.json', bytes]]));
  const tensors = Object.values(
    JSON.parse(bytes.toString()) as Record<string, { shape?: readonly number[] }>,
  );
  const parameters = tensors.reduce((sum, { shape }) => sum + (shape?.reduce((a, b) => a * b, 1) ?? 0), 0);
  const outputs: string[][] = [];
  for (let from = 0; from < words.length; from += 64) {
    const batch = words.slice(from, from + 64).map(({ spelling }) => spelling);
    for (const { phonemes } of model.run(batch))
      outputs.push(phonemes.map((phoneme) => phoneme.replace(/\d/, '')));
  }
  model.dispose();
  return {
    parameters,
    ...phonemeScores(words, outputs),
    byLength: phonemeScoresByLength(words, outputs, BINS),
  };
}

async function run(lab: Lab): Promise<PhonemeResult> {
  const task = await phonemeTask(lab.size(undefined, { train: 500, test: 50 }));
  const trained: Trained[] = [];
  for (const recipe of recipes) {
    const { name, architecture, epochs, labelSmoothing } = recipe;
    const settings = {
      architecture: { ...architecture },
      epochs: lab.size(epochs, 1),
      words: task.data.train.length,
      ...(labelSmoothing && { labelSmoothing }),
    };
    trained.push(await lab.unit(name, settings, () => train(lab, task, recipe)));
  }
  const g2pEn = await lab.unit('g2p-en', null, () => scoreG2pEn(task.words.test));
  return { models: trained, g2pEn };
}

function tables({ models, g2pEn }: PhonemeResult, language: Language): string {
  const { names, table } = TEXTS[language];
  const errors = ({ wordErrorRate, phonemeErrorRate }: PhonemeScores) => [
    percent(wordErrorRate),
    percent(phonemeErrorRate),
  ];
  return markdownTable(table, [
    ...models.map(({ name, parameters, minutes, ...scores }) => [
      names[name]!,
      parameters.toLocaleString('en'),
      ...errors(scores),
      minutes.toFixed(0),
    ]),
    [names.g2pEn!, g2pEn.parameters.toLocaleString('en'), ...errors(g2pEn), '–'],
  ]);
}

function figures({ models, g2pEn }: PhonemeResult, language: Language): Record<string, string> {
  const { names, length, alignment } = TEXTS[language];
  const lineOf = (name: string, { byLength }: Pick<Trained, 'byLength'>) => ({
    name: names[name]!,
    points: byLength.map(({ to, wordErrorRate }) => ({ x: to - 1, y: 100 * wordErrorRate })),
  });
  const attention = models.find(({ name }) => name === 'attention');
  const shown = attention?.alignments.find(({ word }) => word === 'thoughtful');
  return {
    length: lineChart({
      title: length.title,
      subtitle: length.subtitle,
      x: { label: length.x, ticks: [2, 5, 8, 11, 14] },
      y: { label: length.y, domain: [0, 80] },
      series: [
        ...models.map((model) => lineOf(model.name, model)),
        { ...lineOf('g2pEn', g2pEn), quiet: true },
      ],
    }),
    ...(shown && {
      alignment: heatmap({
        title: alignment.title,
        x: { label: alignment.x, names: [...shown.word, '</s>'] },
        y: { label: alignment.y, names: shown.phonemes },
        values: shown.weights,
      }),
    }),
  };
}

/** The models with attention, as g2p-attention and g2p-transformer. */
async function shipped({ models: trained }: PhonemeResult, lab: Lab): Promise<ShippedModel[]> {
  const task = await phonemeTask();
  const shipped: ShippedModel[] = [];
  for (const { name, architecture } of recipes.filter(({ name }) => name !== 'fixed')) {
    const model = await createSequenceModel(task, architecture, lab.seed);
    const weights = readWeights(lab.path(`${name}.safetensors`));
    const scores = trained.find((one) => one.name === name)!;
    shipped.push({
      name: `g2p-${name}`,
      config: model.config,
      files: task.files,
      weights,
      card: card(`g2p-${name}`, name, scores, lab.seed),
    });
    model.dispose();
  }
  return shipped;
}

export const phonemesExperiment: Experiment<PhonemeResult> = {
  name: 'phonemes',
  about: 'spelling to phonemes: fixed vector, attention, transformer, and g2p_en',
  run,
  tables,
  figures,
  models: shipped,
};
