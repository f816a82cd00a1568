import type { DecoderConfig } from '../models/decoders/registry.ts';
import type { EncoderSizes } from '../models/encoders/encoder-config.ts';
import type { EncoderConfig } from '../models/encoders/registry.ts';

/** The task heads of an embedding model and their labels. */
export type TaskHeadConfig = Pick<EncoderSizes, 'taskHeads' | 'labels' | 'problemType'>;

/** The configuration of a decoder whose last hidden states are embeddings, or are read by a classifier. */
export type DecoderEmbedderConfig = DecoderConfig & TaskHeadConfig;

/** The configuration of a table of token vectors (sentence-transformers' StaticEmbedding, Model2Vec). */
export interface StaticEmbedderConfig extends TaskHeadConfig {
  readonly modelType: 'static-embedding';
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly contextLength: number;
  readonly numHiddenLayers: 0;
  readonly numAttentionHeads: 0;
}

/** The configuration of a model that embeds texts, discriminated by `modelType`. */
export type EmbedderConfig = EncoderConfig | DecoderEmbedderConfig | StaticEmbedderConfig;
