import type { RerankingModelV4 } from '@ai-sdk/provider';
import { type CausalReranker, type EncoderModel, type RerankOptions, rerank } from '@headwise/core';
import { checkOptions, type OptionNames, requireModel } from '@headwise/core/internal';
import { ownOptions, PROVIDER } from './provider-options.ts';

/** Options of {@link rerankingModel}: what its calls are given, unless `providerOptions.headwise` says otherwise. */
export interface RerankingModelOptions
  extends Omit<RerankOptions, 'signal' | 'hooks' | 'onProgress' | 'topK'> {
  /** The id in results and telemetry. Default: the type of the model, for example `bert`. */
  modelId?: string;
}

const NAMES = {
  modelId: 'string',
  truncation: ['longestFirst', 'error'],
  instruction: 'string',
  activation: ['sigmoid', 'none'],
} satisfies OptionNames<RerankingModelOptions>;

/**
 * A loaded cross-encoder, or a decoder that answers yes or no, as a reranking model of the AI SDK, for `rerank`.
 *
 * ```ts
 * const { rerankedDocuments } = await rerank({ model: rerankingModel(await loadEncoder(id)), query, documents, topN: 3 });
 * ```
 *
 * Scores are those of core's `rerank`, from 0 to 1. Documents that are objects are read as JSON, with a warning. Disposing of the model is the caller's.
 *
 * Throws `ConfigError` for an unknown option, and for what is not a loaded model. Calls reject as core's `rerank` does.
 */
export function rerankingModel(
  model: EncoderModel | (CausalReranker & { readonly config: { readonly modelType: string } }),
  options: RerankingModelOptions = {},
): RerankingModelV4 {
  checkOptions('rerankingModel', options, NAMES);
  requireModel('rerankingModel', model, 'encoder', 'causalLM');
  const { modelId = model.config.modelType, ...defaults } = options;
  return {
    specificationVersion: 'v4',
    provider: PROVIDER,
    modelId,
    async doRerank({ documents, query, topN, abortSignal, providerOptions }) {
      const isText = documents.type === 'text';
      const texts = isText ? documents.values : documents.values.map((value) => JSON.stringify(value));
      const ranked = await rerank(model, query, texts, {
        ...defaults,
        ...ownOptions(providerOptions),
        ...(topN !== undefined && { topK: topN }),
        ...(abortSignal && { signal: abortSignal }),
      });
      return {
        ranking: ranked.map(({ index, score }) => ({ index, relevanceScore: score })),
        ...(!isText && {
          warnings: [
            {
              type: 'compatibility' as const,
              feature: 'object documents',
              details: 'the model reads them as JSON',
            },
          ],
        }),
      };
    },
  };
}
