import type { Tensor } from '../../backend/backend.ts';
import type { LoadAttentionOptions } from '../../nn/attention/load-attention.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import type { NormKind } from '../../nn/modules/norm.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import type { BlockNames } from '../../nn/transformer/load-block.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** Whether the checkpoint has a tensor. */
export type HasTensor = (name: string) => boolean;

/** The tensors of an encoder's embeddings. */
export interface EncoderEmbeddings {
  /** `[vocabSize, embeddingSize]`. */
  readonly tokenEmbeddings: string;
  /** `[maxPositionEmbeddings, embeddingSize]`; absent in architectures whose positions are elsewhere. */
  readonly positionEmbeddings?: string;
  /** `[typeVocabSize, embeddingSize]`; absent in architectures without segments. */
  readonly tokenTypeEmbeddings?: string;
  /** The layer norm of their sum. */
  readonly embeddingNorm: string;
  /** Features of the tables. Default: hiddenSize. */
  readonly embeddingSize?: number;
  /** The linear layer from embeddingSize to hiddenSize, if they differ. */
  readonly embeddingProjection?: string;
}

/** What an architecture adds to the shared layers, loaded or made with the weights. */
export interface EncoderAdditions {
  /** Options of the self-attention of block `index`: a rotary embedding, a window. */
  attention?(index: number): Promise<Partial<LoadAttentionOptions>> | Partial<LoadAttentionOptions>;
  /** A bias of the scores of all blocks, `[1, heads, queries, keys]` of this shard's heads for texts of at most `longest` tokens. */
  scoreBias?(ctx: ForwardContext, longest: number): Tensor | undefined;
  /** The residual stream after block `index`; `embedded` is the input of the first block. */
  afterBlock?(ctx: ForwardContext, index: number, x: Tensor, embedded: Tensor): Steps<Tensor>;
  /** Releases what is not among the loader's weights. */
  dispose?(): void;
}

/** What sets an architecture apart: its arithmetic and the names of its tensors in checkpoints. */
export interface EncoderLayout extends EncoderEmbeddings {
  /** For error messages. */
  readonly architecture: string;
  /** The position of a sequence's first token. */
  readonly firstPosition: number;
  /** The id of padding, where positions count other tokens alone; its position is the one before the first. */
  readonly paddingId?: number;
  block(index: number): BlockNames;
  /** The block whose weights block `index` shares, at most `index`. Default: `index`. */
  sharedBlock?(index: number): number;
  /** Default `layerNorm`. */
  readonly norm?: NormKind;
  /** Pre-norm rather than post-norm. Default false. */
  readonly normFirst?: boolean;
  /** The norm after the last block. */
  readonly finalNorm?: string;
  additions?(loader: WeightLoader): Promise<EncoderAdditions>;
  /** The layers of a task head; undefined if the architecture has no such head. */
  taskHead(kind: TaskHeadKind, has: HasTensor): TaskHeadOptions | undefined;
  /** Tensors that checkpoints may have and that are not loaded: unused heads and buffers. */
  readonly ignoredTensors: readonly RegExp[];
}
