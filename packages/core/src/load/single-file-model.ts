import type { Tokenizer } from '../text/tokenizer.ts';
import type { Checkpoint } from '../weights/types.ts';

/** A model that lies in one file, opened and checked, presented as Hugging Face's files would have it. */
export interface SingleFileModel {
  /** What config.json would say. */
  readonly configJson: Readonly<Record<string, unknown>>;
  readonly tokenizer: Tokenizer;
  /** What tokenizer.json and tokenizer_config.json would say, the latter with the chat template if there is one. */
  readonly tokenizerJson: unknown;
  readonly tokenizerConfigJson: Readonly<Record<string, unknown>>;
  /** The weights under Hugging Face's names. */
  readonly checkpoint: Checkpoint;
  /** How an encoder pools the vectors of tokens, if the file says. */
  readonly pooling?: 'mean' | 'cls';
  /** To be called when all weights are read: sends the last progress event. */
  finish(): void;
}
