import { expect, test } from 'vitest';
import { strings } from '../src/data/strings.ts';
import { placesOf, wordWeight, yearsOf } from '../src/experiments/sequence-to-sequence/alignment.ts';
import {
  architectureOf,
  modelNames,
  recurrentParameters,
  transformerParameters,
} from '../src/experiments/sequence-to-sequence/architectures.ts';
import { gradientsByDistance } from '../src/experiments/sequence-to-sequence/gradients.ts';
import { stepsInSequence } from '../src/experiments/sequence-to-sequence/steps.ts';
import { taskNames } from '../src/experiments/sequence-to-sequence/tasks.ts';
import type { Architecture, RecurrentArchitecture } from '../src/sequences/architectures.ts';
import { createSequenceModel } from '../src/sequences/models.ts';
import { outputsOf, scoresOf } from '../src/sequences/score.ts';
import { encodePairs, type SequenceTask } from '../src/sequences/task.ts';
import { characterTokenizer } from '../src/sequences/tokenizers.ts';

async function reversal(alphabet: string, longest: number, train: number): Promise<SequenceTask> {
  const sizes = { train, validation: 1, test: 150 };
  const data = strings({ task: 'reverse', sizes, alphabet, lengths: [3, longest] });
  return { name: 'reversal', data, ...(await characterTokenizer([alphabet])) };
}

const recurrent = (changes: Partial<RecurrentArchitecture>): RecurrentArchitecture => ({
  kind: 'recurrent',
  cell: 'gru',
  attention: null,
  embeddingDim: 8,
  hiddenSize: 12,
  ...changes,
});
const transformer = {
  kind: 'transformer',
  width: 32,
  heads: 4,
  encoderLayers: 1,
  decoderLayers: 1,
  feedForward: 64,
} as const;

test('the formulas give the numbers of parameters of the models', async () => {
  const task = await reversal('abcdefgh', 6, 50);
  const { vocabSize } = task.tokenizer;
  const count = async (architecture: Architecture) => {
    const model = await createSequenceModel(task, architecture, 0);
    const { parameterCount } = model;
    model.dispose();
    return parameterCount;
  };
  const architectures = (['rnn', 'lstm', 'gru'] as const).flatMap((cell) => [
    ...([null, 'additive', 'dot', 'general'] as const).map((attention) => recurrent({ cell, attention })),
    ...([null, 'additive', 'general'] as const).map((attention) =>
      recurrent({ cell, attention, bidirectional: true }),
    ),
  ]);
  for (const architecture of architectures)
    expect(await count(architecture)).toBe(recurrentParameters(vocabSize, architecture));
  expect(await count(transformer)).toBe(transformerParameters(vocabSize, transformer));
});

test.each(taskNames)('all models of %s have the same number of parameters within 5 percent', (task) => {
  const vocabSize = task === 'reversal' ? 30 : 700;
  const counts = modelNames.map((name) => {
    const architecture = architectureOf(name, task, vocabSize);
    return architecture.kind === 'recurrent'
      ? recurrentParameters(vocabSize, architecture)
      : transformerParameters(vocabSize, architecture);
  });
  expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.05);
});

test('a text is found in tokens that are parts of it', () => {
  const tokens = ['28', ' November', ' 2', '0', '2', '9', '</s>'];
  expect(placesOf(tokens, '2029')).toEqual([2, 6]);
  expect(placesOf(tokens, 'November')).toEqual([1, 2]);
  expect(placesOf(tokens, '202')).toEqual([2, 5]);
  expect(placesOf(tokens, '1987')).toBeUndefined();
});

test('the weight of a word is a sum over source tokens and a mean over target tokens', () => {
  const alignment = {
    source: ['May', '2', '0', '</s>'],
    target: ['20', '년', '5'],
    weights: [
      [0.1, 0.4, 0.5, 0],
      [0.5, 0.25, 0.25, 0],
      [1, 0, 0, 0],
    ],
  };
  expect(wordWeight(alignment, '20', '20년')).toBeCloseTo(0.7);
  expect(wordWeight(alignment, 'May', '5')).toBe(1);
  expect(wordWeight(alignment, 'June', '6')).toBeUndefined();
});

test('only years that are written once in both languages count', () => {
  expect(yearsOf('Nov 3, 2029', '2029년 11월 3일')).toEqual(['2029']);
  expect(yearsOf('11/3/29', '29. 11. 3.')).toEqual([]);
  expect(yearsOf('3 May 2029; 4 May 2029', '2029년 5월 3일; 2029년 5월 4일')).toEqual([]);
});

test('gradients through a fixed vector fall with the distance, those through attention do not vanish', async () => {
  const task = await reversal('abcdefghijklmnopqrstuvwxyz', 5, 50);
  const ratio = async (attention: RecurrentArchitecture['attention']) => {
    const architecture = recurrent({ cell: 'rnn', attention });
    const model = await createSequenceModel(task, architecture, 0);
    const norms = await gradientsByDistance(task, architecture, model.weights(), { length: 15, strings: 2 });
    model.dispose();
    expect(norms.map(({ distance }) => distance)).toEqual([2, 6, 10, 14, 18, 22, 26, 30]);
    return norms.at(-1)!.norm / norms[0]!.norm;
  };
  expect(await ratio(null)).toBeLessThan(1e-4);
  expect(await ratio('additive')).toBeGreaterThan(1e-2);
});

test('steps that must run one after another', () => {
  const lengths = { source: 5, target: 7, layers: 2 };
  expect(stepsInSequence('recurrent', lengths)).toEqual({ training: 12, use: 12 });
  expect(stepsInSequence('transformer', lengths)).toEqual({ training: 4, use: 16 });
});

/** The smallest form of the experiment: strings of 3 to 9 of 8 letters, and about as many parameters. */
test('attention and a transformer reverse strings that a fixed vector does not hold', async () => {
  const task = await reversal('abcdefgh', 9, 4000);
  const examples = encodePairs(task, task.data.train);
  const small = { embeddingDim: 16, hiddenSize: 36 };
  const models: readonly (readonly [Architecture, number])[] = [
    [recurrent({ ...small, hiddenSize: 44 }), 600],
    [recurrent({ ...small, attention: 'additive' }), 600],
    [transformer, 1000],
  ];
  const exact: number[] = [];
  for (const [architecture, maxSteps] of models) {
    const model = await createSequenceModel(task, architecture, 0);
    await model.train(examples, {
      maxSteps,
      batchSize: 16,
      bucketByLength: true,
      learningRate: architecture.kind === 'recurrent' ? 0.02 : 0.003,
      schedule: 'cosine',
      warmupSteps: architecture.kind === 'recurrent' ? 20 : 100,
      seed: 0,
    });
    exact.push(scoresOf(task, await outputsOf(model, task.data.test)).exact);
    model.dispose();
  }
  const [fixed, attention, self] = exact as [number, number, number];
  expect(fixed).toBeLessThan(attention - 0.1);
  expect(fixed).toBeLessThan(self - 0.1);
}, 120_000);
