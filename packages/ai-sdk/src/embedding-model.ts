import type { EmbeddingModelV4, EmbeddingModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';
import { ConfigError, type EmbedOptions, type EncoderModel } from '@headwise/core';
import { checkOptions, EMBED_OPTIONS, requireModel } from '@headwise/core/internal';
import { ownOptions, PROVIDER } from './provider-options.ts';

/** Options of {@link embeddingModel}: what its calls are given, unless `providerOptions.headwise` says otherwise. */
export interface EmbeddingModelOptions
  extends Omit<EmbedOptions, 'signal' | 'hooks' | 'onProgress' | 'truncateDim'> {
  /** The id in results and telemetry. Default: the type of the model, for example `bert`. */
  modelId?: string;
}

const { signal: _, hooks: __, onProgress: ___, truncateDim: ____, ...NAMES } = EMBED_OPTIONS;

/**
 * A loaded encoder as an embedding model of the AI SDK, for `embed` and `embedMany`.
 *
 * ```ts
 * const { embedding } = await embed({ model: embeddingModel(await loadEncoder(id)), value: 'I drank coffee.' });
 * ```
 *
 * Vectors are those of the model's `embed`: of length 1 where its files or the option `normalize` say so. `dimensions` keeps the first features. Options
 * of core's `embed` for one call go into `providerOptions.headwise`. Disposing of the model is the caller's.
 *
 * Throws `ConfigError` for an unknown option, and for what is not a loaded encoder. Calls reject as the model's `embed` does, and with `ConfigError` for more dimensions than it has.
 */
export function embeddingModel(model: EncoderModel, options: EmbeddingModelOptions = {}): EmbeddingModelV4 {
  checkOptions('embeddingModel', options, NAMES, { modelId: 'string' });
  requireModel('embeddingModel', model, 'encoder');
  const { modelId = model.config.modelType, ...defaults } = options;
  return {
    specificationVersion: 'v4',
    provider: PROVIDER,
    modelId,
    // The model computes texts of any number in batches of its own.
    maxEmbeddingsPerCall: Number.POSITIVE_INFINITY,
    supportsParallelCalls: true,
    async doEmbed(call) {
      const embed: EmbedOptions = { ...defaults, ...ownOptions(call.providerOptions) };
      const warnings = applyDimensions(model, call, embed);
      if (call.abortSignal) embed.signal = call.abortSignal;
      const vectors = await model.embed(call.values, embed);
      return {
        embeddings: vectors.map((vector) => Array.from(vector)),
        usage: { tokens: countTokens(model, call.values, embed) },
        warnings,
      };
    },
  };
}

/** Sets `truncateDim` for the dimensions that a call asks for. Throws `ConfigError` for more than there are. */
function applyDimensions(
  { embeddingSize }: EncoderModel,
  { dimensions }: EmbeddingModelV4CallOptions,
  embed: EmbedOptions,
): SharedV4Warning[] {
  if (dimensions === undefined || dimensions === embeddingSize) return [];
  if (dimensions > embeddingSize) {
    throw new ConfigError(
      `embed: dimensions must be at most ${embeddingSize}, the features of this model, got ${dimensions}`,
    );
  }
  embed.truncateDim = dimensions;
  const details =
    'the first features of an embedding are an embedding only of models that were trained for it (Matryoshka)';
  return [{ type: 'compatibility', feature: 'dimensions', details }];
}

/** Tokens that the model reads, those of its prompt among them. */
function countTokens(
  model: EncoderModel,
  texts: readonly string[],
  { prompt, promptName = '' }: EmbedOptions,
): number {
  const before = prompt ?? model.prompts[promptName] ?? '';
  return texts.reduce((sum, text) => sum + model.tokenize(`${before}${text}`).ids.length, 0);
}
