import type { Tensor } from '../../backend/backend.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import type { TokenBatch } from '../token-batch.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** An encoder with task heads. */
export interface Encoder {
  /** The last hidden state: `[tokens, hiddenSize]`. Throws `ShapeError` for sequences longer than `contextLength`. */
  forward(ctx: ForwardContext, batch: TokenBatch): Steps<Tensor>;
  /**
   * The logits of a task head for the last hidden state `hidden[tokens, hiddenSize]`; {@link TaskHeadKind} has their shapes. `rows` selects tokens
   * of the batch, for heads over tokens; default: all. Only the first shard has task heads. Throws `ConfigError` if the head was not loaded.
   */
  taskHead(ctx: ForwardContext, kind: TaskHeadKind, hidden: Tensor, rows?: Int32Array): Steps<Tensor>;
  /** Releases the weights. */
  dispose(): void;
}
