import { openCheckpoints } from '@headwise/core/train';
import type { Lab } from '../../lab/lab.ts';
import { type Architecture, configOf } from '../../sequences/architectures.ts';
import { createSequenceModel, openSequenceModel } from '../../sequences/models.ts';
import { encodePairs } from '../../sequences/task.ts';
import { eightBitValues, readWeights, writeWeights } from '../../shipping/weights.ts';
import { type PhonemeScores, phonemeScores, phonemeScoresByLength } from './score.ts';
import type { PhonemeTask } from './task.ts';

export interface Trained extends PhonemeScores {
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

export interface Recipe {
  readonly name: string;
  readonly architecture: Architecture;
  readonly epochs: number;
  readonly learningRate: number;
  readonly labelSmoothing?: number;
  /** Beams of the shipped model. Default: 1, greedy decoding. Only transformers have beam search. */
  readonly numBeams?: number;
}

const recurrent = { kind: 'recurrent', cell: 'gru', embeddingDim: 64 } as const;
/**
 * About as many parameters each. Without dropout the transformer's loss on the validation part rises after nine epochs; the recurrent models' does
 * not.
 */
export const recipes: readonly Recipe[] = [
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
    epochs: 24,
    learningRate: 0.002,
    labelSmoothing: 0.1,
    numBeams: 4,
  },
  {
    name: 'fixed',
    architecture: { ...recurrent, attention: null, hiddenSize: 200, bidirectional: true },
    epochs: 10,
    learningRate: 0.003,
  },
];

const SHOWN = ['knight', 'phonemes', 'translation', 'thoughtful'];
export const BINS = { width: 3, longest: 15 };

export const weightsPath = (lab: Lab, name: string): string => lab.path(`${name}.safetensors`);

export const hasAttention = (architecture: Architecture): boolean =>
  !(architecture.kind === 'recurrent' && architecture.attention === null);

export async function train(
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
  writeWeights(weightsPath(lab, name), model.weights());
  const decoded = await model.decode(task.words.test.map(({ spelling }) => spelling));
  const outputs = decoded.map(({ text }) => text.split(' '));
  const shown = hasAttention(architecture) ? await model.decode(SHOWN, { alignments: true }) : [];
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

/** Scores of a model with weights in 8 bits and with its beams, as it is shipped. */
export interface EightBits extends PhonemeScores {
  readonly name: string;
  readonly numBeams: number;
  /** What the model gives for the word of the model card. */
  readonly example: string;
}

/** The word of the model cards. */
export const EXAMPLE = 'translation';

export async function scoreInEightBits(
  lab: Lab,
  task: PhonemeTask,
  { name, architecture, numBeams = 1 }: Recipe,
): Promise<EightBits> {
  const weights = eightBitValues(readWeights(weightsPath(lab, name)));
  const config = configOf(task.tokenizer.vocabSize, architecture);
  const model = await openSequenceModel(task, config, lab.seed, weights);
  const spellings = [EXAMPLE, ...task.words.test.map(({ spelling }) => spelling)];
  const decoded = await model.decode(spellings, { numBeams });
  model.dispose();
  const [example, ...outputs] = decoded.map(({ text }) => text);
  return {
    name,
    numBeams,
    example: example!,
    ...phonemeScores(
      task.words.test,
      outputs.map((text) => text.split(' ')),
    ),
  };
}
