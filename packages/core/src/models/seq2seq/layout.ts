import type { Tensor } from '../../backend/backend.ts';
import type { LoadAttentionOptions } from '../../nn/attention/load-attention.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import type { LMHeadNames } from '../../nn/modules/lm-head.ts';
import type { NormKind } from '../../nn/modules/norm.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import type { DecoderBlockNames } from '../../nn/transformer/load-block.ts';
import type { RotarySettings } from '../decoders/rope-config.ts';
import type { TokenBatch } from '../token-batch.ts';

export type Side = 'encoder' | 'decoder';

/** A vector for each position, added to the token embeddings: learned (BART) or sinusoids (Marian). */
export interface AbsolutePositions {
  readonly kind: 'absolute';
  /** Rows of the table. */
  readonly count: number;
  /** The row of a sequence's first token. */
  readonly first: number;
  /** The id of padding, where positions count other tokens alone; its row is that before the first. */
  readonly paddingId?: number;
  /** The tensors `[count, hiddenSize]`; absent if the table is always computed. */
  readonly names?: Readonly<Record<Side, string>>;
  /** Computes the table `[count, width]` if the checkpoint does not have it. */
  readonly fixed?: (count: number, width: number) => Float32Array;
}

/** Biases of the scores of self-attentions by distance of query and key (T5). */
export interface RelativePositions {
  readonly kind: 'relative';
  readonly numBuckets: number;
  readonly maxDistance: number;
  /** The tensors `[numBuckets, heads]`: one for all blocks, or one for each (UMT5). */
  readonly names: Readonly<Record<Side, readonly string[]>>;
}

/** Rotary embeddings of queries and keys of the self-attentions (Moonshine). */
export interface RotaryPositions {
  readonly kind: 'rotary';
  readonly settings: RotarySettings;
}

/** The tensors of the encoder or the decoder. */
export interface SideLayout {
  /** `[vocabSize, hiddenSize]`. If encoder and decoder name the same tensor, it is loaded once. */
  readonly tokenEmbeddings: string;
  /** A norm of the embeddings. */
  readonly embeddingNorm?: string;
  /** In the encoder the names of cross-attention are not used. */
  block(index: number): DecoderBlockNames;
  /** The norm after the last block. */
  readonly finalNorm?: string;
}

/** What the encoder reads instead of token embeddings and positions. */
export interface SourceInput {
  /** → `[tokens, hiddenSize]` */
  forward(ctx: ForwardContext, batch: TokenBatch): Steps<Tensor>;
}

/** What sets an architecture apart: its arithmetic and the names of its tensors in checkpoints. */
export interface Seq2SeqLayout {
  /** For error messages. */
  readonly architecture: string;
  readonly encoder: SideLayout;
  readonly decoder: SideLayout;
  readonly positions: AbsolutePositions | RelativePositions | RotaryPositions;
  /** Loads the encoder's input. Default: token embeddings and positions. */
  readonly sourceInput?: (loader: WeightLoader) => Promise<SourceInput>;
  /** Factor on the token embeddings, before positions are added. */
  readonly embeddingScale: number;
  readonly norm: NormKind;
  /** Pre-norm rather than post-norm. */
  readonly normFirst: boolean;
  /** Whether the linear layers of the blocks have biases. */
  readonly biases: boolean;
  readonly attentionOptions: Pick<LoadAttentionOptions, 'scale'>;
  /** The output head; its weight is not loaded if it is tied to the decoder's token embeddings. */
  readonly head: LMHeadNames;
  /** Factor on the output head's input. */
  readonly headScale: number;
  /** Tensors that checkpoints may have and that are not loaded. */
  readonly ignoredTensors: readonly RegExp[];
}
