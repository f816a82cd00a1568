import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import type { BlockNames } from '../../nn/transformer/load-block.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** Whether the checkpoint has a tensor. */
export type HasTensor = (name: string) => boolean;

/** The tensors of an encoder's embeddings. */
export interface EncoderEmbeddings {
  /** `[vocabSize, embeddingSize]`. */
  readonly tokenEmbeddings: string;
  /** `[maxPositionEmbeddings, embeddingSize]`. */
  readonly positionEmbeddings: string;
  /** `[typeVocabSize, embeddingSize]`; absent in architectures without segments. */
  readonly tokenTypeEmbeddings?: string;
  /** The layer norm of their sum. */
  readonly embeddingNorm: string;
  /** Features of the tables. Default: hiddenSize. */
  readonly embeddingSize?: number;
  /** The linear layer from embeddingSize to hiddenSize, if they differ. */
  readonly embeddingProjection?: string;
}

/** What sets an architecture apart: its arithmetic and the names of its tensors in checkpoints. */
export interface EncoderLayout extends EncoderEmbeddings {
  /** For error messages. */
  readonly architecture: string;
  /** The position of a sequence's first token. */
  readonly firstPosition: number;
  block(index: number): BlockNames;
  /** The layers of a task head; undefined if the architecture has no such head. */
  taskHead(kind: TaskHeadKind, has: HasTensor): TaskHeadOptions | undefined;
  /** Tensors that checkpoints may have and that are not loaded: unused heads and buffers. */
  readonly ignoredTensors: readonly RegExp[];
}
