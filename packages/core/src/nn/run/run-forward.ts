import { type Backend, type Offsets, withScope } from '../../backend/backend.ts';
import type { HookRunner } from '../../hooks/hook-runner.ts';
import type { ForwardContext } from './forward-context.ts';
import { WHOLE } from './shard.ts';
import { runSteps, type Steps } from './steps.ts';

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
  const ctx: ForwardContext = {
    backend,
    shard: WHOLE,
    offsets,
    ...(hooks && { watches: (name: string) => hooks.watches(name) }),
  };
  const result = withScope(backend, () =>
    runSteps(body(ctx), (request) => {
      if (request.kind === 'sum') return request.partial;
      const { name, value } = request;
      const replaced = hooks?.apply({ name, shape: value.shape, data: backend.read(value) });
      return replaced ? backend.tensor(replaced, value.shape) : value;
    }),
  );
  hooks?.assertAllMatched();
  return result;
}
