import { withScope } from '../../nn/run/forward.ts';
import { createLossContext, type LossContextOptions } from '../objectives/context.ts';
import type { Objective, TrainingBatch } from '../objectives/objective.ts';
import type { Parameter, ParameterSet } from '../parameters/parameters.ts';

/** Activations that are not looked at: single heads, and scores and weights, whose hooks would change how attention is computed. */
const SKIPPED = /\.heads\.\d+\.|\.(scores|weights|lens)$/;

/**
 * Computes a batch's loss again, and returns the name of the first activation that has a value that is not finite; undefined if all are finite.
 * Names are those of hooks, so that models of a user's own without hook points have none.
 */
export function firstNotFiniteActivation<Model, Example, Batch extends TrainingBatch>(
  objective: Objective<Model, Example, Batch>,
  batch: Batch,
  options: Omit<LossContextOptions<Model>, 'inspect'>,
): string | undefined {
  let found: string | undefined;
  const inspect = {
    watches: (name: string) => found === undefined && !SKIPPED.test(name),
    visit(name: string, values: Float32Array) {
      if (found === undefined && !allFinite(values)) found = name;
    },
  };
  withScope(options.backend, () => void objective.loss(batch, createLossContext({ ...options, inspect })));
  return found;
}

/** The first parameter with a value, or else a gradient, that is not finite. */
export function firstNotFiniteParameter(parameters: ParameterSet): Parameter | undefined {
  return (
    parameters.all.find(({ values }) => !allFinite(values)) ??
    parameters.trainable.find(({ gradient }) => !allFinite(gradient))
  );
}

function allFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}
