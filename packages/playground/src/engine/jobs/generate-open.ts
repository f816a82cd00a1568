import type { JobContext, ModelStore } from '../job.ts';
import type { Writer } from './generate-read.ts';

export interface WriterInfo {
  /** The spellings of all tokens by id, separated by {@link SEPARATOR}. One string is copied faster than 32,000. */
  readonly vocabulary: string;
  /** Ids of the tokens that end a text. */
  readonly ends: readonly number[];
  readonly layers: number;
  readonly heads: number;
}

/** In no spelling: a vocabulary writes it as a byte token, if at all. */
export const SEPARATOR = '\u0000';

/** What the page has to know of a model that writes. */
export async function run(
  store: ModelStore,
  { model: id }: { readonly model: Writer },
  _: JobContext,
): Promise<WriterInfo> {
  const { config, tokenizer, eosTokenIds } = await store.load(id);
  const spellings = Array.from({ length: config.vocabSize }, (_, id) => tokenizer.idToToken(id) ?? '');
  return {
    vocabulary: spellings.join(SEPARATOR),
    ends: eosTokenIds,
    layers: config.numHiddenLayers,
    heads: config.numAttentionHeads,
  };
}
