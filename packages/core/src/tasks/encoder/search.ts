import { checkOptions } from '../../options.ts';
import { requireCount, requireText } from '../inputs.ts';
import { EMBED_OPTIONS, type EmbedOptions } from './embed-options.ts';
import type { EncoderModel } from './encoder-model.ts';
import { type SearchHit, VectorIndex } from './vector-index.ts';

export interface SearchOptions extends EmbedOptions {
  /** Number of results. Default: 10. */
  topK?: number;
}

/**
 * Embeds texts and stores their vectors in a new index, by id.
 *
 * ```ts
 * const index = await indexTexts(model, [['a', 'She sat by the river bank.'], ['b', 'He deposited cash at the bank.']]);
 * const [best] = await search(model, 'money', index); // { id: 'b', score: … }
 * ```
 */
export async function indexTexts(
  model: EncoderModel,
  texts: Iterable<readonly [id: string, text: string]>,
  options: EmbedOptions = {},
): Promise<VectorIndex> {
  checkOptions('indexTexts', options, EMBED_OPTIONS);
  const entries = [...texts];
  const vectors = await model.embed(
    entries.map(([, text]) => text),
    options,
  );
  const index = new VectorIndex(vectors[0]?.length ?? model.embeddingSize);
  for (const [i, [id]] of entries.entries()) index.set(id, vectors[i]!);
  return index;
}

/** Semantic search: the texts of an index with the highest cosine similarity to a query, in descending order. */
export async function search(
  model: EncoderModel,
  query: string,
  index: VectorIndex,
  options: SearchOptions = {},
): Promise<SearchHit[]> {
  checkOptions('search', options, EMBED_OPTIONS, { topK: 'numeric' });
  const { topK = 10, ...embed } = options;
  requireText('search', 'the query', query);
  requireCount('search', 'topK', topK);
  return index.search(await model.embed(query, embed), topK);
}
