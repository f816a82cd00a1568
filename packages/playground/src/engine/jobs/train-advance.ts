import type { JobContext, ModelStore } from '../job.ts';
import type { Look } from '../train/look.ts';
import type { AdvanceEnd } from '../train/run.ts';
import { runOf } from '../train/runs.ts';

/** What happened since the last message. */
export interface TrainProgress {
  /** Losses of the steps, in order. */
  readonly losses: readonly number[];
  readonly look: Look | undefined;
}

/** Milliseconds between messages without a look: steps may take less than a millisecond. */
const MESSAGE_EVERY = 100;

/** Trains until a step, the end, `trainPause`, or a loss that is not finite. */
export async function run(
  _store: ModelStore,
  { run: id, until }: { readonly run: number; readonly until: number },
  { signal, progress, breathe }: JobContext<TrainProgress>,
): Promise<AdvanceEnd> {
  let losses: number[] = [];
  let sent = performance.now();
  const send = (look?: Look): void => {
    progress({ losses, look });
    losses = [];
    sent = performance.now();
  };
  const end = await runOf(id).advance(until, {
    signal,
    breathe,
    onStep: ({ loss }) => {
      losses.push(loss);
      if (performance.now() - sent >= MESSAGE_EVERY) send();
    },
    onLook: send,
  });
  if (losses.length > 0) send();
  return end;
}
