import type { JobContext, LocalModel, ModelStore } from '../job.ts';
import { runOf } from '../train/runs.ts';

/** Opens the model of a run's last look, for Explore. */
export async function run(
  store: ModelStore,
  { run: id }: { readonly run: number },
  _context: JobContext,
): Promise<LocalModel> {
  const { files } = await runOf(id).files();
  const blobs = [...files].map(([name, bytes]) => [name, new Blob([bytes])] as const);
  return store.open(Object.fromEntries(blobs), 'trained');
}
