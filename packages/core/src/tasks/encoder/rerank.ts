import { ConfigError } from '../../errors.ts';
import { requireCount, requireText, requireTexts } from '../inputs.ts';
import type { TextOptions } from './batching.ts';
import { classifierLogits } from './classify.ts';
import type { EncoderModel } from './encoder-model.ts';
import { sigmoid, topIndices } from './scores.ts';

export interface RerankOptions extends TextOptions {
  /** How many documents to give. Default: all. */
  topK?: number;
  /** What to make of a logit. Default: `sigmoid`, 0 … 1; the order is the same without it. */
  activation?: 'sigmoid' | 'none';
}

/** A document and how relevant it is. */
export interface RankedDocument {
  /** Its index among the documents given. */
  readonly index: number;
  readonly text: string;
  readonly score: number;
}

/**
 * Documents in the order of their relevance to a query, by a cross-encoder: a model that reads query and document together (Nogueira
 * and Cho 2019). Slower than `search` and more exact, so usually given what `search` has found.
 *
 * Needs the head `sequenceClassification` with a single label. Throws `ConfigError` otherwise. No documents give none.
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
