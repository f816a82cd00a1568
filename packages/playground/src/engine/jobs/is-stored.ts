import { openFileCache } from '@headwise/core';
import type { ModelStore } from '../job.ts';
import { type ModelId, modelEntry } from '../registry.ts';

/** Whether the browser has all files of a model, so that nothing is fetched to load it. */
export async function run(store: ModelStore, { model }: { readonly model: ModelId }): Promise<boolean> {
  const cache = openFileCache();
  const folder = String(store.locate(model));
  const files = modelEntry(model).files.map((file) => cache?.match(folder + file));
  return (await Promise.all(files)).every((file) => file !== undefined);
}
