import type { Tensor } from '../../backend/backend.ts';
import type { ShardPlacement } from '../../hooks/hooks.ts';

/**
 * A request of a forward pass to its runner.
 *
 * A forward pass is a generator that yields only at hook points that are matched and at sums over shards. Its runner answers synchronously, or,
 * when shards run in workers, after the results of all shards have arrived. So the same layers serve both; without hooks and with one
 * shard a forward pass never yields.
 */
export type StepRequest =
  /** All-reduce: every shard yields its partial result; the answer is their sum. */
  | { readonly kind: 'sum'; readonly partial: Tensor }
  /** A hook point that is matched: the answer is the activation or its replacement. */
  | {
      readonly kind: 'activation';
      readonly name: string;
      readonly value: Tensor;
      /** Where the activation is if the model is sharded. */
      readonly held: ShardPlacement;
    };

/** A computation that may yield requests. */
export type Steps<T> = Generator<StepRequest, T, Tensor>;

/** Runs steps to completion. If `answer` throws, the error is thrown at the `yield`. */
export function runSteps<T>(steps: Steps<T>, answer: (request: StepRequest) => Tensor): T {
  let step = steps.next();
  while (!step.done) {
    let value: Tensor;
    try {
      value = answer(step.value);
    } catch (error) {
      // Lets the steps close the scopes that they have opened.
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}

/** {@link runSteps} with asynchronous answers. */
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
