import type { Pooling } from '../../models/encoders/pooling.ts';
import type { OptionNames } from '../../options.ts';
import { TEXT_OPTIONS, type TextOptions } from './batching.ts';

export interface EmbedOptions extends TextOptions {
  /** How token vectors are pooled; of several modes the vectors are concatenated. Default: as in the repository's sentence-transformers files, else `mean`. */
  pooling?: Pooling['mode'];
  /** Whether to divide by the Euclidean norm. Default: as in those files, else false. */
  normalize?: boolean;
  /** A text to put before each input. */
  prompt?: string;
  /** The name of a prompt of the model's files to put before each input. Default: their `default_prompt_name`, else none. */
  promptName?: string;
  /** Number of features to keep, for models trained so that the first ones suffice (Kusupati et al. 2022). Default: as in the model's files, else all. */
  truncateDim?: number;
}

/** The names of {@link EmbedOptions}. */
export const EMBED_OPTIONS = {
  pooling: true,
  normalize: 'boolean',
  prompt: 'string',
  promptName: 'string',
  truncateDim: 'numeric',
  ...TEXT_OPTIONS,
} satisfies OptionNames<EmbedOptions>;
