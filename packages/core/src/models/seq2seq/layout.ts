import type { AttentionNames, NamedHeadsOptions } from '../../nn/attention/load-attention.ts';
import type { LMHeadNames } from '../../nn/modules/lm-head.ts';

/** How the halves of an encoder–decoder know where a token stands. */
export type Seq2SeqPositions =
  /** A vector for each position, added to the embeddings: learned ones, or fixed ones that the checkpoint need not hold. */
  | {
      readonly kind: 'absolute';
      readonly count: number;
      /** The row of the first token. */
      readonly first: number;
      /** The tensor's name in each half. */
      readonly names: { readonly encoder: string; readonly decoder: string };
      /** What the rows are if the checkpoint does not hold them: `[count, width]`. */
      readonly fixed?: (count: number, width: number) => Float32Array;
    }
  /** Biases of the scores of all of a half's self-attentions. */
  | {
      readonly kind: 'relative';
      readonly numBuckets: number;
      readonly maxDistance: number;
      readonly names: { readonly encoder: string; readonly decoder: string };
    };

/** What a checkpoint calls the layers of one block. */
export interface Seq2SeqBlockNames {
  readonly attention: AttentionNames;
  readonly attentionNorm: string;
  /** Of a decoder's. */
  readonly crossAttention: AttentionNames;
  readonly crossAttentionNorm: string;
  readonly feedForward: { readonly gate?: string; readonly up: string; readonly down: string };
  readonly feedForwardNorm: string;
}

/** How one half is laid out. */
export interface Seq2SeqStackLayout {
  /** The tensor of its embeddings; the same one in both halves is held once. */
  readonly tokenEmbeddings: string;
  /** A norm of the embeddings. */
  readonly embeddingNorm?: string;
  block(index: number): Seq2SeqBlockNames;
  /** The norm after the last block. */
  readonly lastNorm?: string;
}

/** How an architecture of encoder–decoders is laid out, and what its checkpoints call their weights. */
export interface Seq2SeqLayout {
  /** For error messages. */
  readonly architecture: string;
  readonly encoder: Seq2SeqStackLayout;
  readonly decoder: Seq2SeqStackLayout;
  readonly positions: Seq2SeqPositions;
  /** Factor on the embeddings, before positions are added. */
  readonly embeddingScale: number;
  readonly norm: 'layerNorm' | 'rmsNorm';
  /** Whether each part's input is normalised, not the sum that comes out of it. */
  readonly normFirst: boolean;
  /** Of all linear layers within the blocks. */
  readonly biases: boolean;
  readonly attentionOptions: Pick<NamedHeadsOptions, 'scale'>;
  /** The output head; its weight is the decoder's embeddings where they are tied. A bias is `[1, vocabSize]`. */
  readonly head: LMHeadNames;
  /** Factor on what goes into the output head. */
  readonly headScale: number;
  /** Tensors that checkpoints carry and that need not be loaded. */
  readonly ignoredTensors: readonly RegExp[];
}
