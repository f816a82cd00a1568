import { Queue } from '../async/queue.ts';
import type { Backend, Offsets } from '../backend/backend.ts';
import type { HookRunner } from '../hooks/hook-runner.ts';
import { runStepsAsync } from '../nn/run/async-steps.ts';
import type { ActivationRequest, ForwardContext, Steps } from '../nn/run/forward.ts';
import { WHOLE } from '../nn/run/shard.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';

/**
 * Whether a pass may stop for a moment at this activation: after each half of a block. All that it keeps is then in scopes that close when it
 * is given up.
 */
export const isPause = (name: string): boolean => /\.residual\.(?:middle|after)$/.test(name);

/** Passes that are between two of their halves, by backend: one at a time, as scopes close in the reverse of the order in which they opened. */
const queues = new WeakMap<Backend, Queue>();

/**
 * As `runForward`, but every 8 ms the event loop runs between two halves of blocks. Rejects with the signal's reason when it is aborted,
 * and with what `checkUsable` throws, which is called after each turn of the event loop. Passes that do not give way may run in between.
 */
export async function runInterruptible<T>(
  backend: Backend,
  offsets: Offsets,
  hooks: HookRunner | undefined,
  { signal, checkUsable }: { readonly signal: AbortSignal; readonly checkUsable: () => void },
  body: (ctx: ForwardContext) => Steps<T>,
): Promise<T> {
  const queue = queues.get(backend) ?? new Queue();
  queues.set(backend, queue);
  const ctx: ForwardContext = {
    backend,
    shard: WHOLE,
    offsets,
    watches: (name) => isPause(name) || (hooks?.watches(name) ?? false),
  };
  return queue.run(signal, async () => {
    checkUsable();
    const yielder = new EventLoopYielder(true);
    const close = backend.openScope();
    try {
      const result = await runStepsAsync(body(ctx), async (request) => {
        // One shard sums nothing.
        const { name, value } = request as ActivationRequest;
        if (isPause(name)) {
          await yielder.yieldToEventLoop(signal);
          checkUsable();
        }
        return hooks?.watches(name) ? hooks.answer(backend, { name, value }) : value;
      });
      hooks?.assertAllMatched();
      return result;
    } finally {
      close();
    }
  });
}
