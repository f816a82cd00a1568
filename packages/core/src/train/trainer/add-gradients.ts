import { createLossContext, type LossContextOptions } from '../objectives/context.ts';
import type { Objective, TrainingBatch } from '../objectives/objective.ts';
import type { ParameterSet } from '../parameters/parameters.ts';
import { firstNotFiniteActivation, firstNotFiniteParameter } from './find-not-finite.ts';
import { TrainingError } from './training-error.ts';

/** Options of {@link addGradients}. */
export type BatchContext<Model> = LossContextOptions<Model> &
  Required<Pick<LossContextOptions<Model>, 'training'>>;

/**
 * Adds the gradients of a batch's loss to those of the parameters, times `share`: the batch's part of all targets of the step, so that the sums
 * of several batches are the gradients of the mean over all targets. Returns the loss, not multiplied. A batch without targets adds nothing.
 *
 * Throws `TrainingError` if the loss is not finite; all gradients are zero then.
 */
export function addGradients<Model, Example, Batch extends TrainingBatch>(
  objective: Objective<Model, Example, Batch>,
  batch: Batch,
  share: number,
  parameters: ParameterSet,
  context: BatchContext<Model>,
): number {
  if (batch.targets === 0) return 0;
  const { backend } = context;
  const loss = backend.record((tape) => {
    const ctx = createLossContext(context);
    const mean = objective.loss(batch, ctx);
    ctx.assertAllMatched();
    const [value = Number.NaN] = backend.read(mean);
    if (Number.isFinite(value)) tape.backward(mean, share);
    return value;
  });
  if (Number.isFinite(loss)) return loss;
  parameters.zeroGradients();
  const { step } = context.training.position;
  const activation = firstNotFiniteActivation(objective, batch, context);
  const parameter = firstNotFiniteParameter(parameters)?.name;
  const where = activation ?? (parameter === undefined ? 'the loss itself' : `the parameter ${parameter}`);
  throw new TrainingError(
    'ERR_NOT_FINITE',
    `trainer: the loss of step ${step + 1} is ${loss}; the first values that are not finite are those of ${where}. Try a smaller learning rate, or a smaller maxGradNorm`,
    { step, loss, activation, parameter },
  );
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
