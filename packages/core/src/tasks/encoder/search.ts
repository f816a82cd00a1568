import { ConfigError } from '../../errors.ts';
import { checkOptions, describeValue } from '../../options.ts';
import { requireCount, requireModel, requireText } from '../inputs.ts';
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
  requireModel('indexTexts', model, 'encoder');
  const entries = entriesOf(texts);
  const vectors = await model.embed(
    entries.map(([, text]) => text),
    options,
  );
  const index = new VectorIndex(vectors[0]?.length ?? model.embeddingSize);
  for (const [i, [id]] of entries.entries()) index.set(id, vectors[i]!);
  return index;
}

/** The texts with their ids. Throws `ConfigError` unless they are pairs of strings. */
function entriesOf(texts: Iterable<readonly [id: string, text: string]>): (readonly [string, string])[] {
  const isList = typeof texts === 'object' && texts !== null && Symbol.iterator in texts;
  const entries = isList ? [...texts] : undefined;
  const isPair = (entry: unknown) =>
    Array.isArray(entry) && entry.length === 2 && entry.every((one) => typeof one === 'string');
  if (entries?.every(isPair)) return entries;
  throw new ConfigError(
    `indexTexts: the texts must be a list or map of ids and texts, both strings, got ${describeValue(texts)}`,
  );
}

/** Semantic search: the texts of an index with the highest cosine similarity to a query, in descending order. */
export async function search(
  model: EncoderModel,
  query: string,
  index: VectorIndex,
  options: SearchOptions = {},
): Promise<SearchHit[]> {
  checkOptions('search', options, EMBED_OPTIONS, { topK: 'numeric' });
  requireModel('search', model, 'encoder');
  if (!(index instanceof VectorIndex))
    throw new ConfigError(`search: the index must be a VectorIndex, got ${describeValue(index)}`);
  const { topK = 10, ...embed } = options;
  requireText('search', 'the query', query);
  requireCount('search', 'topK', topK);
  return index.search(await model.embed(query, embed), topK);
}
