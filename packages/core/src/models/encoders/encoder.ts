import type { Tensor } from '../../backend/backend.ts';
import type { ForwardContext } from '../../nn/run/forward-context.ts';
import type { Steps } from '../../nn/run/steps.ts';
import type { TokenBatch } from '../token-batch.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** A model that turns tokens into vectors in context, with heads that read something off them. */
export interface Encoder {
  /** The last hidden state: `[tokens, hiddenSize]`. */
  forward(ctx: ForwardContext, batch: TokenBatch): Steps<Tensor>;
  /**
   * What a head makes of the last hidden state: its logits, shaped as {@link TaskHeadKind} says. `rows` are the tokens of the batch that
   * a head over tokens is asked about; default: all. Heads live in the first shard alone; only there may this be called. Throws
   * `ConfigError` if the head was not loaded.
   */
  taskHead(ctx: ForwardContext, kind: TaskHeadKind, hidden: Tensor, rows?: Int32Array): Steps<Tensor>;
  /** Frees the weights. */
  dispose(): void;
}
