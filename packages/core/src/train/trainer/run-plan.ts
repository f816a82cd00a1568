import { type BatchOptions, batchRandom, epochBatches } from '../data/batches.ts';
import type { Objective, TrainingBatch } from '../objectives/objective.ts';

/** The next step of a run: an epoch, and a batch of it. */
export interface DataPosition {
  readonly epoch: number;
  readonly nextBatch: number;
}

/** The batches of a step, and the position after it. */
export interface StepBatches<Batch> {
  readonly batches: readonly Batch[];
  /** Targets of all batches. */
  readonly targets: number;
  readonly tokens: number;
  readonly next: DataPosition;
}

export interface RunPlanOptions extends BatchOptions {
  readonly gradientAccumulation: number;
}

/** Which examples each step of a run has: a function of the options and of the step's position. */
export class RunPlan<Example, Batch extends TrainingBatch> {
  readonly #objective: Objective<unknown, Example, Batch>;
  readonly #examples: readonly Example[];
  readonly #options: RunPlanOptions;
  readonly #lengths: readonly number[];
  #cached: { readonly epoch: number; readonly batches: readonly (readonly number[])[] } | undefined;

  constructor(
    objective: Objective<never, Example, Batch>,
    examples: readonly Example[],
    options: RunPlanOptions,
  ) {
    this.#objective = objective as Objective<unknown, Example, Batch>;
    this.#examples = examples;
    this.#options = options;
    this.#lengths = examples.map((example) => objective.lengthOf(example));
  }

  /** Steps of an epoch. With `maxTokensPerBatch` epochs may differ. */
  stepsOf(epoch: number): number {
    return Math.ceil(this.#batches(epoch).length / this.#options.gradientAccumulation);
  }

  /** The epochs at a position, as a fraction. */
  epochsAt({ epoch, nextBatch }: DataPosition): number {
    return epoch + (nextBatch === 0 ? 0 : nextBatch / this.#batches(epoch).length);
  }

  /** The batches of the step at a position. */
  stepAt({ epoch, nextBatch }: DataPosition, step: number): StepBatches<Batch> {
    const { gradientAccumulation, seed } = this.#options;
    const all = this.#batches(epoch);
    const end = Math.min(nextBatch + gradientAccumulation, all.length);
    const batches = all.slice(nextBatch, end).map((indices, microBatch) =>
      this.#objective.collate(
        indices.map((i) => this.#examples[i]!),
        batchRandom(seed, step, microBatch),
      ),
    );
    return {
      batches,
      targets: batches.reduce((sum, batch) => sum + batch.targets, 0),
      tokens: batches.reduce((sum, batch) => sum + batch.tokens, 0),
      next: end === all.length ? { epoch: epoch + 1, nextBatch: 0 } : { epoch, nextBatch: end },
    };
  }

  #batches(epoch: number): readonly (readonly number[])[] {
    if (this.#cached?.epoch !== epoch) {
      this.#cached = { epoch, batches: epochBatches(this.#lengths, epoch, this.#options) };
    }
    return this.#cached.batches;
  }
}
