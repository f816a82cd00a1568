import type { Tensor } from '../../backend/backend.ts';
import { checkOption, type OptionNames, requireOptions } from '../../options.ts';
import type { Random } from '../../platform/random.ts';
import type { LossContext, Objective, TrainingBatch } from './objective.ts';

/** The parts of a {@link customObjective}. */
export interface CustomObjectiveOptions<Model, Example, Batch extends TrainingBatch> {
  /** For messages and events. Default `custom`. */
  readonly name?: string;
  /** See {@link Objective.collate}. */
  collate(examples: readonly Example[], random: Random): Batch;
  /** See {@link Objective.loss}. */
  loss(batch: Batch, ctx: LossContext<Model>): Tensor;
  /** See {@link Objective.lengthOf}. Default 1. */
  lengthOf?(example: Example): number;
}

/** An objective of one's own: a function that makes a batch of examples, and one that computes its loss. */
export function customObjective<Model, Example, Batch extends TrainingBatch>(
  options: CustomObjectiveOptions<Model, Example, Batch>,
): Objective<Model, Example, Batch> {
  requireOptions('customObjective', options, {
    name: 'string',
    collate: 'function',
    loss: 'function',
    lengthOf: 'function',
  } satisfies OptionNames<CustomObjectiveOptions<Model, Example, Batch>>);
  checkOption('customObjective', 'collate', options.collate, 'function');
  checkOption('customObjective', 'loss', options.loss, 'function');
  return {
    name: options.name ?? 'custom',
    lengthOf: (example) => options.lengthOf?.(example) ?? 1,
    collate: (examples, random) => options.collate(examples, random),
    loss: (batch, ctx) => options.loss(batch, ctx),
  };
}
