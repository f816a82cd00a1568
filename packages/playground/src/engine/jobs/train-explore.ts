import type { JobContext, ModelStore } from '../job.ts';
import { runOf } from '../train/runs.ts';
import { keepTrained } from '../train/trained.ts';

/** Makes the model of a run's last look the model `trained`, for other rooms. */
export async function run(
  _store: ModelStore,
  { run: id }: { readonly run: number },
  _context: JobContext,
): Promise<void> {
  keepTrained((await runOf(id).files()).files);
}
