import { createBackend } from '@headwise/core';
import { argmax } from '@headwise/core/internal';
import {
  crossEntropy,
  customObjective,
  type LossContext,
  loadTrainable,
  Trainer,
} from '@headwise/core/train';
import type { SequenceData } from '../../data/split.ts';
import { type CopyBatch, type CopyResult, copyBatch, copyResults, copyScore } from './copying.ts';
import { type DecoderSizes, PositionalDecoder } from './model.ts';

export interface CopyTraining {
  readonly sizes: DecoderSizes;
  /** Of the initial weights and of the order of the strings. */
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly evaluateEvery: number;
}

export interface TrainedCopier {
  readonly parameters: number;
  /** The fraction of validation strings without an error, after some steps. */
  readonly progress: readonly { readonly step: number; readonly exact: number }[];
  readonly test: readonly CopyResult[];
  readonly longer: readonly CopyResult[];
}

/** Trains a decoder to write the targets of strings, and tries it on strings of the trained lengths and on longer ones. */
export async function trainCopier(data: SequenceData, training: CopyTraining): Promise<TrainedCopier> {
  const { sizes, seed, steps, batchSize, learningRate, warmupSteps, evaluateEvery } = training;
  const backend = await createBackend();
  const initial = await new PositionalDecoder(sizes).to(backend, { seed });
  const trainable = await loadTrainable(backend, initial.stateDict(), (weights, recording) =>
    PositionalDecoder.load(recording, weights, sizes),
  );
  initial.dispose();
  const { model } = trainable;
  const progress: { step: number; exact: number }[] = [];
  const trainer = new Trainer({
    trainable,
    objective: customObjective({
      collate: copyBatch,
      loss: ({ ids, offsets, rows, labels }: CopyBatch, ctx: LossContext<PositionalDecoder>) =>
        crossEntropy(ctx.backend, ctx.model.forward(ids, offsets, rows), labels),
    }),
    trainExamples: data.train,
    maxSteps: steps,
    batchSize,
    learningRate,
    warmupSteps,
    schedule: 'cosine',
    seed,
    evaluateEvery,
    evaluate: () => ({ exact: copyScore(resultsOf(model, data.validation)).exact }),
    onEvaluate: ({ step, metrics }) => progress.push({ step, exact: metrics.exact! }),
  });
  await trainer.train();
  const result = {
    parameters: trainable.parameters.values.length,
    progress,
    test: resultsOf(model, data.test),
    longer: resultsOf(model, data.longer),
  };
  model.dispose();
  trainable.dispose();
  return result;
}

/** Compares the most probable tokens with the targets, in batches. */
export function resultsOf(model: PositionalDecoder, pairs: SequenceData['test']): CopyResult[] {
  const results: CopyResult[] = [];
  const batchSize = 100;
  for (let from = 0; from < pairs.length; from += batchSize) {
    const batch = copyBatch(pairs.slice(from, from + batchSize));
    const { data, shape } = model.predict(batch.ids, batch.offsets, batch.rows);
    const [rows = 0, width = 0] = shape;
    const predicted = Int32Array.from({ length: rows }, (_, row) =>
      argmax(data.subarray(row * width, (row + 1) * width)),
    );
    results.push(...copyResults(batch, predicted));
  }
  return results;
}
