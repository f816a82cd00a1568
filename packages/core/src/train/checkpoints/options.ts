import type { CheckpointStorage } from './storage.ts';

/** When checkpoints of a run are written, and where. */
export interface CheckpointOptions {
  /** See `openCheckpoints`, or `MemoryCheckpoints`. */
  readonly storage: CheckpointStorage;
  /** Steps between checkpoints. One is written at the end in any case. Default: after each epoch. */
  readonly every?: number;
  /** Checkpoints to keep: the last ones, and besides them that of the best evaluation if there is early stopping. Default 2. */
  readonly keep?: number;
  /** Files to write beside the weights, such as config.json and tokenizer.json. Values other than strings and bytes are written as JSON. */
  readonly files?: Readonly<Record<string, unknown>>;
}
