import type { AttentionNames, LoadAttentionOptions } from '../../nn/attention/load-attention.ts';
import type { NormKind } from '../../nn/modules/norm.ts';
import type { RotaryEmbeddingOptions } from '../../nn/positions/rotary.ts';
import type { BlockNames } from '../../nn/transformer/load-block.ts';

/** A block's names, and its variants of attention and feed-forward network. */
export interface DecoderBlockLayout extends BlockNames {
  readonly attention: AttentionNames;
  readonly attentionOptions: Pick<LoadAttentionOptions, 'biases' | 'scale' | 'window'>;
  readonly feedForwardBiases: boolean;
}

/** What sets an architecture apart: its arithmetic and the names of its tensors in checkpoints. */
export interface DecoderLayout {
  /** For error messages. */
  readonly architecture: string;
  /** `[vocabSize, hiddenSize]`. */
  readonly tokenEmbeddings: string;
  /** `[contextLength, hiddenSize]`, if positions are learned. */
  readonly positionEmbeddings?: string;
  /** Rotary position embedding of queries and keys. */
  readonly rotary?: RotaryEmbeddingOptions;
  readonly norm: NormKind;
  block(index: number): DecoderBlockLayout;
  /** The norm after the last block. */
  readonly finalNorm: string;
  /** The output head's weight `[vocabSize, hiddenSize]`, unless it is tied to the token embeddings. */
  readonly head: string;
  /** Tensors that checkpoints may have and that are not loaded: causal masks, rotary frequencies. */
  readonly ignoredTensors: readonly RegExp[];
}
