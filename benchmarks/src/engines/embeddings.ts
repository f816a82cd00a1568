import type { EncoderModel } from '@headwise/core';
import type { BatchWork, EncoderWork } from '../cases/work.ts';
import type { Prepared } from './engine.ts';

/** The reference embeddings are normalised; the files have no module that says so. */
const NORMALIZED = { normalize: true };

/** Prepares the embedding of one text, or the concatenated embeddings of many in one call. */
export function prepareEmbeddings(model: EncoderModel, work: EncoderWork | BatchWork): Prepared {
  const dispose = () => model.dispose();
  if (work.kind === 'encoder') return { run: () => model.embed(work.text, NORMALIZED), dispose };
  return {
    async run() {
      const embeddings = await model.embed(work.texts, NORMALIZED);
      const size = embeddings[0]?.length ?? 0;
      const all = new Float32Array(embeddings.length * size);
      for (const [i, embedding] of embeddings.entries()) all.set(embedding, i * size);
      return all;
    },
    dispose,
  };
}
