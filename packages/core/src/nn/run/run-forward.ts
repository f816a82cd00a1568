import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import type { HookRunner } from '../../hooks/hook-runner.ts';
import {
  type ActivationRequest,
  type ForwardContext,
  type StepRequest,
  type Steps,
  withScope,
} from './forward.ts';
import { WHOLE } from './shard.ts';

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

/**
 * Runs the steps of an unsharded model synchronously, in a scope of their own, with hooks and recordings. Tensors are freed afterwards: `body`
 * must return plain values.
 */
export function runForward<T>(
  backend: Backend,
  offsets: Offsets,
  hooks: HookRunner | undefined,
  body: (ctx: ForwardContext) => Steps<T>,
): T {
  return withScope(backend, () => runUnscoped(backend, offsets, hooks, body));
}

/** {@link runForward} in the scope of the caller: `body` may return tensors. */
export function runUnscoped<T>(
  backend: Backend,
  offsets: Offsets,
  hooks: HookRunner | undefined,
  body: (ctx: ForwardContext) => Steps<T>,
): T {
  const ctx: ForwardContext = {
    backend,
    shard: WHOLE,
    offsets,
    ...(hooks && { watches: (name: string) => hooks.watches(name) }),
  };
  // Without hooks nothing is watched, and with one shard nothing is summed.
  const result = runSteps(body(ctx), (request) => hooks!.answer(backend, request as ActivationRequest));
  hooks?.assertAllMatched();
  return result;
}
