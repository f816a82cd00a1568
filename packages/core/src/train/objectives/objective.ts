import type { Offsets, Tensor } from '../../backend/backend.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import type { OptionNames } from '../../options.ts';
import type { Random } from '../../platform/random.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';

/** What every batch has. Structured-cloneable: batches are posted to workers. */
export interface TrainingBatch {
  /** Tokens that the model reads: for the rate in progress events. */
  readonly tokens: number;
  /** Targets that the loss is the mean of: predicted tokens, or labels. Known before the forward pass, so that batches can be accumulated. */
  readonly targets: number;
}

/** What the computation of a loss is given. */
export interface LossContext<Model = unknown> {
  readonly model: Model;
  readonly backend: RecordingBackend;
  /** False in evaluation: no dropout, no label smoothing. */
  readonly training: boolean;
  /**
   * Runs a forward pass of sequences packed at `offsets`, with dropout in training. `body` gets the context that layers and models of this
   * library take.
   */
  run<T>(offsets: Offsets, body: (ctx: ForwardContext) => Steps<T>): T;
  /** Dropout of a tensor, in training; its mask follows from the run's seed, the step, and the order of the calls. */
  dropout(x: Tensor, rate: number): Tensor;
  /** In evaluation: adds to a metric, which is reported as the sum of all `sum` by the sum of all `count`. */
  addMetric(name: string, sum: number, count: number): void;
}

/**
 * What a model is trained for: how examples become a batch, and the loss of a batch. An objective has no state, so that one batch gives the
 * same loss on every replica of a model.
 */
export interface Objective<Model, Example, Batch extends TrainingBatch = TrainingBatch> {
  readonly name: string;
  /** Tokens of an example, for bucketing by length and for batches of a number of tokens. */
  lengthOf(example: Example): number;
  /** Packs examples without padding. `random` is seeded by the position in the run. */
  collate(examples: readonly Example[], random: Random): Batch;
  /** The mean of the losses of the batch's targets: `[1]`. Not called for a batch without targets. */
  loss(batch: Batch, ctx: LossContext<Model>): Tensor;
}

/** What {@link SmoothingOptions} has. */
export const SMOOTHING = { labelSmoothing: 'fraction' } satisfies OptionNames<SmoothingOptions>;

/** Options of objectives with a cross entropy. */
export interface SmoothingOptions {
  /** See `CrossEntropyOptions.labelSmoothing`; in training only. Default 0. */
  readonly labelSmoothing?: number;
}
