import type { AttentionLayers, LoadAttentionOptions } from '../../nn/attention/load-attention.ts';
import type { FeedForwardNames } from '../../nn/modules/feed-forward.ts';
import type { HeadNormKind } from '../../nn/modules/head-norms.ts';
import type { LogitOptions } from '../../nn/modules/lm-head.ts';
import type { MixtureOfExpertsOptions } from '../../nn/modules/mixture-of-experts.ts';
import type { NormKind } from '../../nn/modules/norm.ts';
import type { RotaryEmbeddingOptions } from '../../nn/positions/rotary.ts';

/** A block's names, and its variants of attention and feed-forward network. Norms that are not named are absent. */
export interface DecoderBlockLayout {
  readonly attention: AttentionLayers;
  readonly attentionOptions: Pick<LoadAttentionOptions, 'biases' | 'scale' | 'window' | 'softCap'>;
  /** Norms of queries and keys. Default kind: `rmsNorm`. */
  readonly headNorms?: { readonly query: string; readonly key: string; readonly kind?: HeadNormKind };
  /** Index in the layout's `rotary`; null for no rotary embedding in this block. Default 0. */
  readonly rotary?: number | null;
  readonly attentionNorm?: string;
  readonly attentionOutputNorm?: string;
  readonly feedForward: FeedForwardNames;
  readonly feedForwardBiases: boolean;
  /** Experts in the place of the feed-forward network. */
  readonly experts?: Omit<MixtureOfExpertsOptions, 'hiddenSize' | 'activation'>;
  readonly feedForwardNorm?: string;
  readonly feedForwardOutputNorm?: string;
}

/** What sets an architecture apart: its arithmetic and the names of its tensors in checkpoints. */
export interface DecoderLayout {
  /** For error messages. */
  readonly architecture: string;
  /** `[vocabSize, hiddenSize]`, or `[vocabSize, embeddingSize]`. */
  readonly tokenEmbeddings: string;
  /** Factor of the token embeddings (Gemma, Granite). */
  readonly embeddingScale?: number;
  /** Token embeddings of another size, with the layers to and from hiddenSize, without biases (OPT-350m). */
  readonly projections?: { readonly size: number; readonly input: string; readonly output: string };
  /** `[contextLength + offset, hiddenSize]`, if positions are learned: position p is in row p + offset. */
  readonly positionEmbeddings?: { readonly name: string; readonly offset: number };
  /** Rotary position embeddings of queries and keys. */
  readonly rotary?: readonly RotaryEmbeddingOptions[];
  /** ALiBi (Press et al. 2022), as Falcon computes it. */
  readonly alibi?: boolean;
  readonly norm: NormKind;
  /** Where blocks have their norms: before the sub-layers and on their outputs (`pre`, default), or of the sums with the residual (`post`). */
  readonly blockNorms?: 'pre' | 'post';
  /** Whether attention and feed-forward network both read the block's input. Default false. */
  readonly parallel?: boolean;
  /** Factor of what sub-layers add to the residual stream. */
  readonly residualScale?: number;
  block(index: number): DecoderBlockLayout;
  /** The norm after the last block, if there is one. */
  readonly finalNorm?: string;
  /** The output head's weight `[vocabSize, hiddenSize]`, unless it is tied to the token embeddings. */
  readonly head: string;
  /** The head's bias `[vocabSize]`. */
  readonly headBias?: string;
  readonly logits?: LogitOptions;
  /** Tensors that checkpoints may have and that are not loaded: causal masks, rotary frequencies. */
  readonly ignoredTensors: readonly RegExp[];
}
