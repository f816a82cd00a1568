import type { Tensor } from '../backend/backend.ts';
import type { Run } from '../nn/run.ts';
import type { Steps } from '../nn/steps.ts';
import type { HeadKind } from './heads.ts';

/** Token sequences, one after another. */
export interface TokenBatch {
  /** Token ids of all sequences. */
  readonly ids: Int32Array;
  /** Segment of each token: 0 for the first text, 1 for the second of a pair. */
  readonly typeIds: Int32Array;
  /** Sequence `s` is the tokens `offsets[s]` to `offsets[s + 1]`. */
  readonly offsets: Int32Array;
}

/** A model that turns tokens into vectors in context, with heads that read something off them. */
export interface Encoder {
  /** The last hidden state: `[tokens, hiddenSize]`. */
  forward(run: Run, batch: TokenBatch): Steps<Tensor>;
  /**
   * What a head makes of the last hidden state: its logits, shaped as {@link HeadKind} says. `rows` are the tokens of the batch that
   * a head over tokens is asked about; default: all. Heads live in the first shard alone; only there may this be called. Throws
   * `ConfigError` if the head was not loaded.
   */
  head(run: Run, kind: HeadKind, hidden: Tensor, rows?: Int32Array): Steps<Tensor>;
  /** Frees the weights. */
  dispose(): void;
}
