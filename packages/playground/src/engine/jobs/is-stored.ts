import { isCached } from '@headwise/core';
import type { ModelStore } from '../job.ts';
import { listedOnly } from '../load/index.ts';
import { type ModelId, modelEntry } from '../registry.ts';

/** Whether the browser has all files of an encoder or a causal language model, so that nothing is fetched to load it. */
export async function run(store: ModelStore, { model }: { readonly model: ModelId }): Promise<boolean> {
  const entry = modelEntry(model);
  const { weightsFile } = entry;
  return isCached(store.locate(model), {
    ...(weightsFile !== '' && { weightsFile }),
    fetch: listedOnly(entry),
  });
}
