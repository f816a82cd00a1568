import { VectorIndex } from '@headwise/core';
import type { JobContext, ModelStore } from '../job.ts';
import { openVolume } from '../search/library.ts';
import { UNIT } from './edits.ts';

/** How many passages have vectors, of those that are not in Korean. */
export interface EmbedProgress {
  readonly done: number;
  readonly total: number;
}

/** Passages between two messages. */
const BATCH = 8;

/** Computes MiniLM's vectors of all passages that are not in Korean. Goes on where an aborted job ended. Returns how many were cut. */
export async function run(
  store: ModelStore,
  { text }: { readonly text: string },
  { signal, progress, breathe }: JobContext<EmbedProgress>,
): Promise<{ readonly cut: number }> {
  const model = await store.load('minilm');
  const volume = await openVolume(text, breathe);
  volume.vectors ??= new VectorIndex(model.embeddingSize);
  const { others, passages, vectors } = volume;
  progress({ done: vectors.size, total: others.length });
  while (vectors.size < others.length) {
    const batch = others.slice(vectors.size, vectors.size + BATCH);
    const texts = batch.map((index) => passages[index]!.text);
    const embeddings = await model.embed(texts, { ...UNIT, signal });
    for (const [i, index] of batch.entries()) {
      vectors.set(String(index), embeddings[i]!);
      if (model.tokenizer.encode(texts[i]!).ids.length > model.maxLength) volume.cut += 1;
    }
    progress({ done: vectors.size, total: others.length });
    await breathe();
  }
  return { cut: volume.cut };
}
