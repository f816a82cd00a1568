import type { Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import type { Encoder } from '../../models/encoders/encoder.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import { checkOptions } from '../../options.ts';
import { packIds, packTokens, type TokenExample } from '../data/packing.ts';
import { crossEntropy, IGNORE_INDEX } from '../losses/cross-entropy.ts';
import { binaryCrossEntropyWithLogits, meanSquaredError } from '../losses/elementwise.ts';
import { countCorrect } from './metrics.ts';
import {
  type LossContext,
  type Objective,
  SMOOTHING,
  type SmoothingOptions,
  type TrainingBatch,
} from './objective.ts';

/** A text or pair with its class. */
export interface ClassificationExample extends TokenExample {
  /** Index of the class. */
  readonly label: number;
}

/** A text or pair with numbers: those that a regression predicts, or for a multi-label classifier 1 for each label that it has, else 0. */
export interface NumbersExample extends TokenExample {
  readonly labels: number | readonly number[];
}

/** A text with the class of each token. */
export interface TokenClassificationExample extends TokenExample {
  /** One for each token; −100 for those that do not count, such as special tokens. */
  readonly labels: ArrayLike<number>;
}

export interface ClassBatch extends TokenBatch, TrainingBatch {
  readonly labels: Int32Array;
}

export interface NumbersBatch extends TokenBatch, TrainingBatch {
  /** `[sequences, labels]`. */
  readonly labels: Float32Array;
}

export interface TokenClassBatch extends ClassBatch {
  /** The tokens that count. */
  readonly rows: Int32Array;
}

/**
 * Sequence classification: the cross entropy of each text's class, from the head `sequenceClassification`. Metrics in evaluation: `accuracy`.
 */
export function sequenceClassification(
  options: SmoothingOptions = {},
): Objective<Encoder, ClassificationExample, ClassBatch> {
  checkOptions('sequenceClassification', options, SMOOTHING);
  const { labelSmoothing = 0 } = options;
  return {
    name: 'sequenceClassification',
    lengthOf: ({ ids }) => ids.length,
    collate(examples) {
      const labels = Int32Array.from(examples, ({ label }) => label);
      const batch = packTokens(examples);
      return { ...batch, labels, tokens: batch.ids.length, targets: labels.length };
    },
    loss(batch, ctx) {
      const logits = logitsOf(ctx, 'sequenceClassification', batch);
      if (!ctx.training) countCorrect(ctx, logits, batch.labels);
      return crossEntropy(ctx.backend, logits, batch.labels, ctx.training ? { labelSmoothing } : {});
    },
  };
}

/**
 * Multi-label classification: the binary cross entropy of each label of a text, from the head `sequenceClassification`. Metrics in evaluation:
 * `accuracy` of the labels.
 */
export function multiLabelClassification(): Objective<Encoder, NumbersExample, NumbersBatch> {
  return {
    name: 'multiLabelClassification',
    lengthOf: ({ ids }) => ids.length,
    collate: collateNumbers,
    loss(batch, ctx) {
      const logits = logitsOf(ctx, 'sequenceClassification', batch);
      if (!ctx.training) {
        const values = ctx.backend.read(logits);
        const correct = batch.labels.filter((label, i) => values[i]! > 0 === label > 0.5);
        ctx.addMetric('accuracy', correct.length, batch.labels.length);
      }
      return binaryCrossEntropyWithLogits(ctx.backend, logits, batch.labels);
    },
  };
}

/**
 * Regression: the mean squared error of each text's numbers, from the head `sequenceClassification`. Metrics in evaluation:
 * `meanAbsoluteError`.
 */
export function regression(): Objective<Encoder, NumbersExample, NumbersBatch> {
  return {
    name: 'regression',
    lengthOf: ({ ids }) => ids.length,
    collate: collateNumbers,
    loss(batch, ctx) {
      const predicted = logitsOf(ctx, 'sequenceClassification', batch);
      if (!ctx.training) {
        const values = ctx.backend.read(predicted);
        const error = batch.labels.reduce((sum, label, i) => sum + Math.abs(values[i]! - label), 0);
        ctx.addMetric('meanAbsoluteError', error, batch.labels.length);
      }
      return meanSquaredError(ctx.backend, predicted, batch.labels);
    },
  };
}

/** Token classification: the cross entropy of each token's class, from the head `tokenClassification`. Metrics in evaluation: `accuracy`. */
export function tokenClassification(
  options: SmoothingOptions = {},
): Objective<Encoder, TokenClassificationExample, TokenClassBatch> {
  checkOptions('tokenClassification', options, SMOOTHING);
  const { labelSmoothing = 0 } = options;
  return {
    name: 'tokenClassification',
    lengthOf: ({ ids }) => ids.length,
    collate(examples) {
      const batch = packTokens(examples);
      for (const [i, { ids, labels }] of examples.entries()) {
        if (labels.length === ids.length) continue;
        throw new ShapeError(
          `tokenClassification: example ${i} of the batch must have one label for each of its ${ids.length} tokens, got ${labels.length}`,
        );
      }
      const all = packIds(examples.map(({ labels }) => labels)).ids;
      const rows = Int32Array.from(all.keys()).filter((row) => all[row] !== IGNORE_INDEX);
      const labels = rows.map((row) => all[row]!);
      return { ...batch, rows, labels, tokens: all.length, targets: rows.length };
    },
    loss(batch, ctx) {
      const logits = logitsOf(ctx, 'tokenClassification', batch, batch.rows);
      if (!ctx.training) countCorrect(ctx, logits, batch.labels);
      return crossEntropy(ctx.backend, logits, batch.labels, ctx.training ? { labelSmoothing } : {});
    },
  };
}

function collateNumbers(examples: readonly NumbersExample[]): NumbersBatch {
  const numbers = examples.map(({ labels }) => (typeof labels === 'number' ? [labels] : labels));
  const width = numbers[0]?.length ?? 0;
  const uneven = numbers.findIndex(({ length }) => length !== width);
  if (uneven >= 0) {
    throw new ShapeError(
      `labels: all examples must have as many, got ${width} and at example ${uneven} of the batch ${numbers[uneven]!.length}`,
    );
  }
  const batch = packTokens(examples);
  const labels = Float32Array.from(numbers.flat());
  return { ...batch, labels, tokens: batch.ids.length, targets: labels.length };
}

function logitsOf(
  ctx: LossContext<Encoder>,
  head: TaskHeadKind,
  batch: TokenBatch,
  rows?: Int32Array,
): Tensor {
  const { model } = ctx;
  return ctx.run(batch.offsets, function* (forward) {
    const hidden = yield* model.forward(forward, batch);
    return yield* model.taskHead(forward, head, hidden, rows);
  });
}
