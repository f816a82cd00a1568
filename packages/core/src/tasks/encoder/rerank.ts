import { ConfigError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { requireCount, requireModel, requireText, requireTexts } from '../inputs.ts';
import { TEXT_OPTIONS } from './batching.ts';
import { classifierLogits } from './classify.ts';
import type { EncoderModel } from './encoder-model.ts';
import type { CausalReranker, RerankOptions } from './rerank-options.ts';
import { sigmoid, topIndices } from './scores.ts';

/** A document and its relevance. */
export interface RankedDocument {
  /** Index in the given documents. */
  readonly index: number;
  readonly text: string;
  readonly score: number;
}

const OPTIONS = {
  topK: 'numeric',
  instruction: 'string',
  activation: true,
  ...TEXT_OPTIONS,
} satisfies OptionNames<RerankOptions>;

/**
 * Ranks documents by relevance to a query with a cross-encoder, a model that reads query and document as a pair (Nogueira and Cho 2019), or with a
 * decoder that was trained to answer yes or no (Qwen3-Reranker; Zhang et al. 2025, https://arxiv.org/abs/2506.05176), whose logit is
 * log p(yes) − log p(no). Slower and more accurate than `search`, so usually applied to its results.
 *
 * An encoder needs the head `sequenceClassification` with a single label, a decoder the tokens `yes` and `no` and Qwen's chat format; throws
 * `ConfigError` otherwise. An empty list gives an empty list.
 */
export async function rerank(
  model: EncoderModel | CausalReranker,
  query: string,
  documents: readonly string[],
  options: RerankOptions = {},
): Promise<RankedDocument[]> {
  checkOptions('rerank', options, OPTIONS);
  requireModel(
    'rerank',
    'an encoder or a causal language model',
    model,
    (model as Partial<CausalReranker> | undefined)?.kind === 'causalLM' ? 'nextLogits' : 'requireHead',
  );
  requireText('rerank', 'the query', query);
  requireTexts('rerank', 'the documents', documents);
  const { topK, activation = 'sigmoid', instruction } = options;
  if (topK !== undefined) requireCount('rerank', 'topK', topK);
  if (instruction !== undefined) requireText('rerank', 'instruction', instruction);
  const logits =
    model.kind === 'causalLM'
      ? await (await import('./rerank-causal.ts')).yesNoLogits(model, query, documents, options)
      : await pairLogits(model, query, documents, options);
  const scores = logits.map((logit) => (activation === 'sigmoid' ? sigmoid(logit) : logit));
  return topIndices(scores, topK ?? documents.length).map((index) => ({
    index,
    text: documents[index]!,
    score: scores[index]!,
  }));
}

async function pairLogits(
  model: EncoderModel,
  query: string,
  documents: readonly string[],
  options: RerankOptions,
): Promise<number[]> {
  if (options.instruction !== undefined) {
    throw new ConfigError('rerank: instruction is an option for decoders alone; a cross-encoder reads none');
  }
  model.requireHead('sequenceClassification');
  const { labels } = model.config;
  if (labels.length !== 1) {
    throw new ConfigError(
      `rerank: needs a cross-encoder with a single label; this model has ${labels.join(', ')}`,
    );
  }
  const pairs = documents.map((pair) => ({ text: query, pair }));
  const logits = await classifierLogits(model, 'rerank', pairs, options);
  return logits.map(([logit]) => logit!);
}
