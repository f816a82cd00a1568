import { ConfigError } from '../../errors.ts';
import { requireCount, requireText, requireTexts } from '../inputs.ts';
import type { TextOptions } from './batching.ts';
import { classifierLogits } from './classify.ts';
import type { EncoderModel } from './encoder-model.ts';
import { sigmoid, topIndices } from './scores.ts';

export interface RerankOptions extends TextOptions {
  /** Number of documents to return. Default: all. */
  topK?: number;
  /** Function that is applied to a logit; it does not change the order. Default: `sigmoid`, 0 … 1. */
  activation?: 'sigmoid' | 'none';
}

/** A document and its relevance. */
export interface RankedDocument {
  /** Index in the given documents. */
  readonly index: number;
  readonly text: string;
  readonly score: number;
}

/**
 * Ranks documents by relevance to a query with a cross-encoder, a model that reads query and document as a pair (Nogueira and Cho 2019).
 * Slower and more accurate than `search`, so usually applied to its results.
 *
 * Needs the head `sequenceClassification` with a single label; throws `ConfigError` otherwise. An empty list gives an empty list.
 */
export async function rerank(
  model: EncoderModel,
  query: string,
  documents: readonly string[],
  options: RerankOptions = {},
): Promise<RankedDocument[]> {
  requireText('rerank', 'the query', query);
  requireTexts('rerank', 'the documents', documents);
  const { topK, activation = 'sigmoid' } = options;
  if (topK !== undefined) requireCount('rerank', 'topK', topK);
  model.requireHead('sequenceClassification');
  const { labels } = model.config;
  if (labels.length !== 1) {
    throw new ConfigError(
      `rerank: needs a cross-encoder with a single label; this model has ${labels.join(', ')}`,
    );
  }
  const pairs = documents.map((pair) => ({ text: query, pair }));
  const logits = await classifierLogits(model, 'rerank', pairs, options);
  const scores = logits.map(([logit]) => (activation === 'sigmoid' ? sigmoid(logit!) : logit!));
  return topIndices(scores, topK ?? documents.length).map((index) => ({
    index,
    text: documents[index]!,
    score: scores[index]!,
  }));
}
