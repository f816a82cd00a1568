import type { RunPosition } from '../objectives/context.ts';

/** A batch, and its place in the run. */
export interface GradientTask<Batch> {
  readonly batch: Batch;
  readonly position: RunPosition;
  /** Share of the batch's targets in those of the step: the factor of its gradient. */
  readonly share: number;
  /** An array for the gradient, whose values are no longer needed. */
  readonly into?: Float32Array;
}

export interface GradientResult {
  /** Mean over the batch's targets. */
  readonly loss: number;
  /** The gradients of the trainable parameters, one after another. */
  readonly gradient: Float32Array;
}

/** Copies of a model that compute gradients beside a `Trainer`, for example in workers: data parallelism. */
export interface Replicas<Batch> {
  /**
   * Computes the gradient of each task, in the order of the tasks. The arrays are valid until the next call.
   *
   * @param values the present values of the trainable parameters, one after another
   * @param local computes a task in the trainer's own thread
   */
  computeGradients(
    tasks: readonly GradientTask<Batch>[],
    values: Float32Array,
    local: (task: GradientTask<Batch>) => GradientResult,
  ): Promise<readonly GradientResult[]>;
}
