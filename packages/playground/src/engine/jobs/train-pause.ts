import type { JobContext, ModelStore } from '../job.ts';
import { runOf } from '../train/runs.ts';

/** Ends `trainAdvance` after the current step. Unlike an abort, what it has done is still sent. */
export async function run(
  _store: ModelStore,
  { run: id }: { readonly run: number },
  _context: JobContext,
): Promise<void> {
  runOf(id).pause();
}
