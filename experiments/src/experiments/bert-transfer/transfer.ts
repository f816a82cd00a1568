import { type Backend, createBackend, SafetensorsCheckpoint } from '@headwise/core';
import {
  type ClassificationExample,
  createModel,
  dropoutRates,
  initializeMissing,
  openTrainable,
  sequenceClassification,
  Trainer,
} from '@headwise/core/train';
import type { Labelled } from '../../data/labelled.ts';
import { Choices } from '../../data/random.ts';
import { type DataSet, type Side, sides } from '../../data/split.ts';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';
import { type BertConfigJson, requireEncoder } from './pretraining.ts';

/** Texts with classes, as a model reads them. */
export interface TransferTask extends DataSet<TransferExample> {
  readonly name: string;
  readonly labels: readonly string[];
}

export interface TransferExample extends ClassificationExample {
  /** The part of the text that the ids encode, at least. */
  readonly text: string;
}

/** Encodes a labelled data set. At most `limits` examples of each part, chosen at random; texts are cut after `maxLength` tokens. */
export function transferTask(
  name: string,
  data: DataSet<Labelled>,
  { tokenizer }: TaskTokenizer,
  maxLength: number,
  limits: Readonly<Record<Side, number>>,
): TransferTask {
  const labels = [...new Set(data.train.map(({ label }) => label))].sort();
  const encode = ({ text, label }: Labelled): TransferExample => {
    const { ids } = tokenizer.encode(text, { maxLength });
    return { text, ids, label: labels.indexOf(label) };
  };
  const [train, validation, test] = sides.map((side) =>
    new Choices(0, 10).shuffled(data[side]).slice(0, limits[side]).map(encode),
  );
  return { name, labels, train: train!, validation: validation!, test: test! };
}

/** The first of the training examples in an order of the seed: those of a larger count include those of a smaller one. */
export const drawn = (task: TransferTask, count: number, seed: number): TransferExample[] =>
  new Choices(seed, 11).shuffled(task.train).slice(0, count);

/** The weights that fine-tuning begins with: those of the pre-trained model, or random ones. */
export type Start = 'pre-trained' | 'scratch';

export const starts: readonly Start[] = ['pre-trained', 'scratch'];

export interface FineTuning {
  readonly learningRate: number;
  readonly steps: number;
  readonly seed: number;
}

const BATCH_SIZE = 16;

/** Fine-tunes models of one configuration. */
export class FineTuner {
  readonly #backend: Backend;
  readonly #config: BertConfigJson;
  readonly #weights: Uint8Array;

  private constructor(backend: Backend, config: BertConfigJson, weights: Uint8Array) {
    this.#backend = backend;
    this.#config = config;
    this.#weights = weights;
  }

  /** @param weights of the pre-trained model, a safetensors file */
  static async create(config: BertConfigJson, weights: Uint8Array): Promise<FineTuner> {
    return new FineTuner(await createBackend(), config, weights);
  }

  /** Trains all parameters on examples, and returns the accuracy on others. The head is new. */
  async accuracy(
    task: TransferTask,
    start: Start,
    examples: readonly ClassificationExample[],
    evaluated: readonly ClassificationExample[],
    { learningRate, steps, seed }: FineTuning,
  ): Promise<number> {
    const config = { ...this.#config, id2label: { ...task.labels } };
    const trainable = await this.#open(config, start, seed);
    const trainer = new Trainer({
      trainable,
      objective: sequenceClassification(),
      trainExamples: examples,
      evalExamples: evaluated,
      evaluateEvery: steps + 1,
      maxSteps: steps,
      batchSize: BATCH_SIZE,
      learningRate,
      schedule: 'linear',
      warmupRatio: 0.1,
      weightDecay: 0.01,
      dropout: dropoutRates(config, 'sequenceClassification'),
      seed,
    });
    await trainer.train();
    const { accuracy } = await trainer.evaluate();
    trainer.dispose();
    trainable.dispose();
    return accuracy!;
  }

  async #open(config: BertConfigJson, start: Start, seed: number) {
    const taskHeads = ['sequenceClassification'] as const;
    if (start === 'scratch')
      return requireEncoder(await createModel(config, { seed, taskHeads, backend: this.#backend }));
    const weights = this.#weights;
    const checkpoint = await SafetensorsCheckpoint.open({
      size: weights.length,
      read: async (from, to) => weights.slice(from, to),
    });
    const complete = initializeMissing(checkpoint, config, { taskHeads, seed });
    return requireEncoder(await openTrainable(this.#backend, config, complete, { taskHeads }));
  }
}

/** Mean of values with the 95 % confidence interval of Student's t. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** 97.5 % quantiles of Student's t by degrees of freedom. */
const T_QUANTILES = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, low: mean, high: mean };
  const quantile = T_QUANTILES[count - 2];
  if (quantile === undefined) throw new RangeError(`estimate: expected at most 10 values, got ${count}`);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = quantile * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half };
}
