import type { EncoderModel } from '@headwise/core';
import type { Json, Lab } from '../../lab/lab.ts';
import { naiveBayesAccuracy } from './baselines.ts';
import { probeAccuracy } from './probe.ts';
import {
  drawn,
  type Estimate,
  estimate,
  type FineTuner,
  type Start,
  starts,
  type TransferExample,
  type TransferTask,
} from './transfer.ts';

export interface ComparisonSettings {
  readonly counts: readonly number[];
  /** Steps of fine-tuning by number of examples. */
  readonly steps: readonly number[];
  readonly seeds: number;
  readonly learningRates: readonly number[];
  /** Numbers of examples at which learning rates are chosen; each count has the rate of the nearest of these above it, or of the last. */
  readonly tunedAt: readonly number[];
  readonly tuningSeeds: number;
}

/** Ways to classify with few examples. Accuracies on the test part. */
export const methods = ['pre-trained', 'scratch', 'probe', 'untrained probe', 'naive Bayes'] as const;

export type Method = (typeof methods)[number];

export interface TransferRow {
  readonly examples: number;
  readonly accuracy: Readonly<Record<Method, Estimate>>;
  /** Of each seed: fine-tuned after pre-training, and from scratch. */
  readonly seeds: Readonly<Record<Start, readonly number[]>>;
  /** Pre-trained minus from scratch, of the same seed. */
  readonly difference: Estimate;
}

export interface TransferResult {
  readonly task: string;
  readonly labels: readonly string[];
  readonly tested: number;
  /** Accuracy of the most frequent class. */
  readonly majority: number;
  readonly learningRates: readonly {
    readonly examples: number;
    readonly chosen: Readonly<Record<Start, number>>;
    /** Mean accuracy on the validation part by learning rate. */
    readonly validation: Readonly<
      Record<Start, readonly { readonly rate: number; readonly accuracy: number }[]>
    >;
  }[];
  readonly rows: readonly TransferRow[];
}

export interface Encoders {
  readonly preTrained: EncoderModel;
  readonly untrained: EncoderModel;
}

/** Seeds of the choice of learning rates are others than those that are reported. */
const TUNING_SEED = 100;

/** Fine-tunes with growing numbers of examples, with and without pre-training. */
export async function compareTransfer(
  lab: Lab,
  task: TransferTask,
  tuner: FineTuner,
  encoders: Encoders,
  settings: ComparisonSettings,
  dependsOn: Json,
): Promise<TransferResult> {
  const stepsOf = (count: number) => settings.steps[settings.counts.indexOf(count)]!;
  const learningRates: TransferResult['learningRates'][number][] = [];
  for (const count of settings.tunedAt) {
    const { learningRates: rates, tuningSeeds } = settings;
    const unit = { dependsOn, rates, tuningSeeds, steps: stepsOf(count) };
    learningRates.push(
      await lab.unit(`${task.name}-rates-${count}`, unit, () =>
        chooseRates(task, tuner, count, stepsOf(count), settings),
      ),
    );
  }
  const rateOf = (start: Start, count: number) =>
    (learningRates.find(({ examples }) => count <= examples) ?? learningRates.at(-1)!).chosen[start];

  const rows: TransferRow[] = [];
  for (const count of settings.counts) {
    const accuracies: Record<Method, number[]> = {
      'pre-trained': [],
      scratch: [],
      probe: [],
      'untrained probe': [],
      'naive Bayes': [],
    };
    for (let run = 0; run < settings.seeds; run++) {
      const seed = 10 * lab.seed + run;
      const rates = { 'pre-trained': rateOf('pre-trained', count), scratch: rateOf('scratch', count) };
      const unit = { dependsOn, rates, steps: stepsOf(count), seed };
      const one = await lab.unit(`${task.name}-${count}-${run}`, unit, async () => {
        const examples = drawn(task, count, seed);
        const accuracy: Partial<Record<Method, number>> = {};
        for (const start of starts)
          accuracy[start] = await tuner.accuracy(task, start, examples, task.test, {
            learningRate: rates[start],
            steps: stepsOf(count),
            seed,
          });
        accuracy.probe = await probed(encoders.preTrained, task, examples);
        accuracy['untrained probe'] = await probed(encoders.untrained, task, examples);
        const { vocabSize } = encoders.preTrained.config;
        accuracy['naive Bayes'] = naiveBayesAccuracy(examples, task.test, task.labels.length, vocabSize);
        return accuracy as Record<Method, number>;
      });
      for (const method of methods) accuracies[method].push(one[method]);
    }
    const { 'pre-trained': preTrained, scratch } = accuracies;
    rows.push({
      examples: count,
      accuracy: Object.fromEntries(methods.map((method) => [method, estimate(accuracies[method])])) as Record<
        Method,
        Estimate
      >,
      seeds: { 'pre-trained': preTrained, scratch },
      difference: estimate(preTrained.map((value, i) => value - scratch[i]!)),
    });
  }
  const frequencies = task.labels.map((_, label) => task.test.filter((one) => one.label === label).length);
  return {
    task: task.name,
    labels: task.labels,
    tested: task.test.length,
    majority: Math.max(...frequencies) / task.test.length,
    learningRates,
    rows,
  };
}

async function chooseRates(
  task: TransferTask,
  tuner: FineTuner,
  count: number,
  steps: number,
  { learningRates, tuningSeeds }: ComparisonSettings,
): Promise<TransferResult['learningRates'][number]> {
  const lists: Record<Start, { rate: number; accuracy: number }[]> = { 'pre-trained': [], scratch: [] };
  for (const start of starts)
    for (const rate of learningRates) {
      let sum = 0;
      for (let seed = TUNING_SEED; seed < TUNING_SEED + tuningSeeds; seed++)
        sum += await tuner.accuracy(task, start, drawn(task, count, seed), task.validation, {
          learningRate: rate,
          steps,
          seed,
        });
      lists[start].push({ rate, accuracy: sum / tuningSeeds });
    }
  const best = (start: Start) => lists[start].reduce((a, b) => (b.accuracy > a.accuracy ? b : a)).rate;
  return {
    examples: count,
    chosen: { 'pre-trained': best('pre-trained'), scratch: best('scratch') },
    validation: lists,
  };
}

/** Features of texts by encoder: each text is computed once. */
const featureCaches = new WeakMap<EncoderModel, Map<TransferExample, Float32Array>>();

/** A linear probe on the mean of the last hidden states of a frozen encoder. */
async function probed(
  encoder: EncoderModel,
  task: TransferTask,
  examples: readonly TransferExample[],
): Promise<number> {
  const cache = featureCaches.get(encoder) ?? new Map<TransferExample, Float32Array>();
  featureCaches.set(encoder, cache);
  const missing = [...examples, ...task.test].filter((one) => !cache.has(one));
  const sequences = missing.map(({ ids }) => ({
    ids: Int32Array.from(ids),
    typeIds: new Int32Array(ids.length),
  }));
  const outputs = await encoder.run(sequences, {
    kind: 'embedding',
    mode: 'mean',
    normalize: false,
  });
  for (const [i, one] of missing.entries()) cache.set(one, outputs[i]!.data);
  const featuresOf = (list: readonly TransferExample[]) =>
    list.map((one) => ({ features: cache.get(one)!, label: one.label }));
  return probeAccuracy(featuresOf(examples), featuresOf(task.test), task.labels.length);
}
