import type { Tensor } from '../../backend/backend.ts';
import type { ShardPlacement } from '../../hooks/hooks.ts';

/**
 * What a layer may ask for while it computes.
 *
 * A forward pass is a generator: it computes on its own and stops only where the outside may step in. Who runs it decides how
 * the question is answered: at once in the same thread, or, when a model's heads are spread over workers, once the others'
 * parts have come. So the same layers serve both, and a pass without hooks on one thread is an uninterrupted call.
 */
export type StepRequest =
  /** Every shard has computed a part of a sum: answer with the whole of it. */
  | { readonly kind: 'sum'; readonly partial: Tensor }
  /** Somebody watches this activation: answer with it, or with what replaces it. */
  | {
      readonly kind: 'activation';
      readonly name: string;
      readonly value: Tensor;
      readonly held: ShardPlacement;
    };

/** A computation that may stop to ask. */
export type Steps<T> = Generator<StepRequest, T, Tensor>;

/** Runs steps to their end, answering at once. An answer that fails is thrown where the question was asked. */
export function runSteps<T>(steps: Steps<T>, answer: (request: StepRequest) => Tensor): T {
  let step = steps.next();
  while (!step.done) {
    let value: Tensor;
    try {
      value = answer(step.value);
    } catch (error) {
      // So that scopes which the steps have opened are closed.
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}

/** Runs steps to their end where an answer may take time. An answer that fails is thrown where the question was asked. */
export async function runStepsAsync<T>(
  steps: Steps<T>,
  answer: (request: StepRequest) => Tensor | Promise<Tensor>,
): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    let value: Tensor;
    try {
      const pending = answer(step.value);
      value = pending instanceof Promise ? await pending : pending;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}
