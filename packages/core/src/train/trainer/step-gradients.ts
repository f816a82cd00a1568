import type { TrainingBatch } from '../objectives/objective.ts';
import type { ParameterSet } from '../parameters/parameters.ts';
import { firstNotFiniteActivation, firstNotFiniteParameter } from './find-not-finite.ts';
import type { TrainerOptions } from './options.ts';
import {
  addTaskGradient,
  type GradientTask,
  lossContextOptions,
  sumGradients,
  taskGradient,
  trainableValues,
} from './replicas.ts';
import { TrainingError } from './training-error.ts';

/**
 * Sets the gradients to those of a step's mean loss over all targets, and returns that loss: each batch's gradient is added times its share of
 * the targets. Batches without targets are left out. `breathe` is called between batches.
 *
 * Throws `TrainingError` if a loss is not finite; all gradients are zero then.
 */
export async function computeStepGradients<Model, Example, Batch extends TrainingBatch>(
  options: TrainerOptions<Model, Example, Batch>,
  step: number,
  { batches, targets }: { readonly batches: readonly Batch[]; readonly targets: number },
  breathe: () => Promise<void>,
): Promise<number> {
  const { trainable, replicas } = options;
  const { parameters } = trainable;
  const tasks = batches
    .map((batch, microBatch) => ({ batch, step, microBatch, share: batch.targets / targets }))
    .filter(({ batch }) => batch.targets > 0);
  let loss = 0;
  if (replicas) {
    const results = await replicas.computeGradients(tasks, trainableValues(parameters), (task) =>
      taskGradient(options, task),
    );
    for (const [i, task] of tasks.entries()) loss += shareOf(options, task, results[i]!.loss);
    sumGradients(parameters, results);
    return loss;
  }
  parameters.zeroGradients();
  for (const [i, task] of tasks.entries()) {
    if (i > 0) await breathe();
    loss += shareOf(options, task, addTaskGradient(options, task));
  }
  return loss;
}

/** Throws `TrainingError` with the parameter if the norm of the gradients is not finite; all gradients are zero then. */
export function checkGradientNorm(norm: number, loss: number, step: number, parameters: ParameterSet): void {
  if (Number.isFinite(norm)) return;
  const parameter = firstNotFiniteParameter(parameters)?.name;
  parameters.zeroGradients();
  throw new TrainingError(
    'ERR_NOT_FINITE',
    `trainer: the gradient norm of step ${step + 1} is ${norm}, its loss ${loss}; the first gradient that is not finite is that of ${parameter ?? 'no single parameter'}`,
    { step, loss, parameter },
  );
}

/** The share of a batch in the mean loss of its step. */
function shareOf<Model, Example, Batch extends TrainingBatch>(
  options: TrainerOptions<Model, Example, Batch>,
  task: GradientTask<Batch>,
  loss: number,
): number {
  if (Number.isFinite(loss)) return task.share * loss;
  const { objective, trainable } = options;
  trainable.parameters.zeroGradients();
  const { batch, step } = task;
  const activation = firstNotFiniteActivation(objective, batch, lossContextOptions(options, task));
  const parameter = firstNotFiniteParameter(trainable.parameters)?.name;
  const where = activation ?? (parameter === undefined ? 'the loss itself' : `the parameter ${parameter}`);
  throw new TrainingError(
    'ERR_NOT_FINITE',
    `trainer: the loss of step ${step + 1} is ${loss}; the first values that are not finite are those of ${where}. Try a smaller learning rate, or a smaller maxGradNorm`,
    { step, loss, activation, parameter },
  );
}
