import { type Backend, type Offsets, withScope } from '../../backend/backend.ts';
import type { HookRunner } from '../../hooks/hook-runner.ts';
import type { ForwardContext } from './forward-context.ts';
import { WHOLE } from './shard.ts';
import { runSteps, type Steps } from './steps.ts';

/**
 * Runs a whole model's steps at once in this thread, in a scope of their own, and shows the activations that are watched. What `body`
 * returns must be plain values, since its tensors are freed.
 */
export function runForward<T>(
  backend: Backend,
  offsets: Offsets,
  watch: HookRunner | undefined,
  body: (ctx: ForwardContext) => Steps<T>,
): T {
  const ctx: ForwardContext = {
    backend,
    shard: WHOLE,
    offsets,
    ...(watch && { watches: (name: string) => watch.watches(name) }),
  };
  const result = withScope(backend, () =>
    runSteps(body(ctx), (request) => {
      if (request.kind === 'sum') return request.partial;
      const { name, value } = request;
      const replaced = watch?.apply({ name, shape: value.shape, data: backend.read(value) });
      return replaced ? backend.tensor(replaced, value.shape) : value;
    }),
  );
  watch?.assertAllMatched();
  return result;
}
