import type { JobContext, ModelStore } from '../job.ts';
import type { ModelId } from '../registry.ts';

/** Loads a model without running it, so that the first result comes sooner. */
export async function run(
  store: ModelStore,
  { model }: { readonly model: ModelId },
  _context: JobContext,
): Promise<void> {
  await store.load(model);
}
