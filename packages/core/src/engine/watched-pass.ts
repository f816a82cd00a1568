import type { Backend, Offsets } from '../backend/backend.ts';
import { HookRunner } from '../hooks/hook-runner.ts';
import type { ForwardContext, Steps } from '../nn/run/forward.ts';
import { runForward } from '../nn/run/run-forward.ts';
import type { EncodeOptions, EncodeOutput, EncodeResult } from './encoder-engine.ts';
import { runInterruptible } from './interruptible.ts';

/**
 * An encoder's pass with hooks, recordings or a signal. With a signal it gives way to the event loop between the halves of its blocks, so that an
 * abort ends it; `checkUsable` is called whenever it goes on, and throws if the model has been disposed of.
 */
export async function runWatchedPass(
  backend: Backend,
  offsets: Offsets,
  { hooks, record, signal }: EncodeOptions,
  checkUsable: () => void,
  body: (ctx: ForwardContext) => Steps<EncodeOutput[]>,
): Promise<EncodeResult> {
  const runner = hooks || record ? new HookRunner(hooks, record) : undefined;
  const outputs = signal
    ? await runInterruptible(backend, offsets, runner, { signal, checkUsable }, body)
    : runForward(backend, offsets, runner, body);
  return { outputs, recorded: runner?.recorded ?? new Map() };
}
