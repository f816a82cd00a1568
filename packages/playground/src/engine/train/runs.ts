import { HeadwiseError } from '@headwise/core';
import type { TrainingRun } from './run.ts';

/** The run that jobs go on with. The page has the number. */
let current: { readonly id: number; readonly run: TrainingRun } | undefined;
let count = 0;

/** Keeps a run in place of the one before, which is ended. Returns its number. */
export async function keepRun(run: TrainingRun): Promise<number> {
  const before = current;
  count += 1;
  current = { id: count, run };
  const { id } = current;
  await before?.run.dispose();
  return id;
}

/** Throws `HeadwiseError` for a run that was replaced by another. */
export function runOf(id: number): TrainingRun {
  if (current?.id === id) return current.run;
  throw new HeadwiseError(
    'ERR_CONFIG',
    `train: run ${id} is no longer kept; open it again with its settings`,
  );
}
