import { type Backend, type Offsets, withScope } from '../backend/backend.ts';
import type { Watch } from '../inspect/watch.ts';
import type { Run } from './run.ts';
import { WHOLE } from './shard.ts';
import { runSteps, type Steps } from './steps.ts';

/**
 * Runs a whole model's steps at once in this thread, in a scope of their own, and shows the activations that are watched. What `body`
 * returns must be plain values, since its tensors are freed.
 */
export function evaluate<T>(
  backend: Backend,
  offsets: Offsets,
  watch: Watch | undefined,
  body: (run: Run) => Steps<T>,
): T {
  const run: Run = {
    backend,
    shard: WHOLE,
    offsets,
    ...(watch && { watches: (name: string) => watch.wants(name) }),
  };
  const result = withScope(backend, () =>
    runSteps(body(run), (request) => {
      if (request.kind === 'sum') return request.partial;
      const { name, value } = request;
      const replaced = watch?.show({ name, shape: value.shape, data: backend.read(value) });
      return replaced ? backend.tensor(replaced, value.shape) : value;
    }),
  );
  watch?.checkAllMatched();
  return result;
}
