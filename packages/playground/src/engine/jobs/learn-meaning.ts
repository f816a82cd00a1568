import { contextualSimilarity } from '@headwise/core';
import type { JobContext, ModelStore } from '../job.ts';

export interface MeaningParams {
  readonly word: string;
  readonly text: string;
  /** The word in the same meaning, and in another. */
  readonly same: string;
  readonly other: string;
}

/** Cosines of a word's vectors in two sentences, for the embeddings and after each layer. */
export interface MeaningByLayer {
  readonly same: readonly number[];
  readonly other: readonly number[];
}

/** How a word's vector turns with its neighbours, in MiniLM. Rejects with `ConfigError` for a text without the word. */
export async function run(
  store: ModelStore,
  { word, text, same, other }: MeaningParams,
  { signal }: JobContext,
): Promise<MeaningByLayer> {
  const model = await store.load('minilm');
  const compare = async (sentence: string) => [
    ...(await contextualSimilarity(model, word, [text, sentence], { signal })),
  ];
  return { same: await compare(same), other: await compare(other) };
}
