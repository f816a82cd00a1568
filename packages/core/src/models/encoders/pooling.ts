/**
 * Pooling of token vectors `[tokens, hiddenSize]` → `[hiddenSize]`, as in sentence-transformers: their mean; the first token's (`cls`); the maximum of
 * each feature; the last token's (`lasttoken`); the mean with weights 1, 2, … by position (`weightedmean`); or their sum divided by √tokens
 * (`mean_sqrt_len_tokens`).
 */
export type PoolingMode = 'mean' | 'cls' | 'max' | 'lasttoken' | 'weightedmean' | 'mean_sqrt_len_tokens';

export const POOLING_MODES: readonly string[] = [
  'mean',
  'cls',
  'max',
  'lasttoken',
  'weightedmean',
  'mean_sqrt_len_tokens',
] satisfies PoolingMode[];

/** From last hidden states to a sentence embedding. */
export interface Pooling {
  /** One mode, or several whose vectors are concatenated. */
  readonly mode: PoolingMode | readonly PoolingMode[];
  /** Divide by the Euclidean norm. */
  readonly normalize: boolean;
}

/** Mean pooling without normalising: as sentence-transformers makes it for models without modules.json. */
export const DEFAULT_POOLING: Pooling = { mode: 'mean', normalize: false };

/** A dense layer on sentence embeddings: `activation(x · weightᵀ + bias)`, plus the input or its projection where it has a residual connection. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** `[outFeatures, inFeatures]`. */
  readonly weight: Float32Array;
  readonly bias?: Float32Array;
  readonly activation: (x: number) => number;
  /** `identity`, or the weight of a projection `[outFeatures, inFeatures]`. */
  readonly residual?: 'identity' | Float32Array;
}

/** What is done with pooled vectors, in order. */
export type SentenceStep = DenseLayer | { readonly kind: 'normalize' };

/** How two embeddings are compared: by their cosine or dot product, or by their negative Euclidean or Manhattan distance. */
export type SimilarityFunction = 'cosine' | 'dot' | 'euclidean' | 'manhattan';

/** Settings from a sentence-transformers repository (Reimers & Gurevych 2019, https://arxiv.org/abs/1908.10084). */
export interface SentenceSettings {
  readonly pooling: Pooling;
  /** `max_seq_length`: texts are truncated to as many tokens. */
  readonly maxSeqLength?: number;
  /** Steps after pooling, where they are more than normalising; `pooling.normalize` is false then. */
  readonly steps?: readonly SentenceStep[];
  /** Whether the tokens of a prompt are pooled too. Default: true. */
  readonly includePrompt?: boolean;
  /** Whether texts are lower-cased before anything else (`do_lower_case`). Default: false. */
  readonly lowerCase?: boolean;
  /** Whether special tokens are added to texts. Default: true. */
  readonly addSpecialTokens?: boolean;
  /** Texts to put before the input, by name. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** The prompt that `embed` uses unless it is told another. */
  readonly defaultPromptName?: string;
  /** Default: `cosine`. */
  readonly similarity?: SimilarityFunction;
  /** Number of features that embeddings are cut to. Default: all. */
  readonly truncateDim?: number;
}
