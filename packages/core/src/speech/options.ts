import type { Hooks } from '../hooks/hooks.ts';
import type { OptionNames } from '../options.ts';
import type { PartialTranscript } from './result.ts';

/** Options of `SpeechModel.transcribe` and `stream`. */
export interface TranscribeOptions {
  /** The code of the language that is spoken, such as `en` or `ko`. Default: the likeliest in the first 30 seconds. */
  language?: string;
  /** `translate`: the text is English, whatever is spoken. Default: `transcribe`. */
  task?: 'transcribe' | 'translate';
  /**
   * What has times: segments, by the model's timestamps; words too, by the cross-attention; or only windows of 30 seconds (`none`). Default: `segment`.
   */
  timestamps?: 'segment' | 'word' | 'none';
  /**
   * How words get their times. `listed`: by the cross-attention of the heads that the model's files list, as OpenAI's code does. `refined`: by that of all
   * heads of their layers, and by the pauses of the sound. Default: `refined`.
   */
  alignment?: 'refined' | 'listed';
  /** Text that could have been said before: names and spellings that the model is to use. */
  prompt?: string;
  /** Whether a window is decoded with the text of the windows before. Default: false. */
  conditionOnPreviousText?: boolean;
  /** Temperatures to try one after another until a window is accepted. Default: 0, 0.2, 0.4, 0.6, 0.8, 1. */
  temperature?: number | readonly number[];
  /** A window whose text compresses better is decoded again. Default 2.4; ∞ for no limit. */
  compressionRatioThreshold?: number;
  /** A window whose mean log probability is lower is decoded again. Default −1; −∞ for no limit. */
  logProbThreshold?: number;
  /** A window is skipped if the probability that nobody speaks is higher, and its mean log probability is low. Default 0.6. */
  noSpeechThreshold?: number;
  /** Texts that are followed at the same time at temperature 0. Default: 1, the likeliest token each time. */
  beamSize?: number;
  /** A beam search ends with `beamSize · patience` finished texts. Default: 1. */
  patience?: number;
  /** Exponent of the length that a beam's log probability is divided by, as in Google's translation system. Default: the mean over its tokens. */
  lengthPenalty?: number;
  /** Sounds of a list that are written down at the same time. Default: 4. */
  batchSize?: number;
  /** Maximum tokens of a window. Default: half of the decoder's context. */
  maxTokens?: number;
  /** Makes sampling at temperatures above 0 repeatable. Default 0. */
  seed?: number;
  /** Called with the text of a window after each of its tokens. */
  onText?: (partial: PartialTranscript) => void;
  hooks?: Hooks;
  signal?: AbortSignal;
}

/** The names of {@link TranscribeOptions}. */
export const TRANSCRIBE_OPTIONS = {
  language: 'string',
  task: ['transcribe', 'translate'],
  timestamps: ['segment', 'word', 'none'],
  alignment: ['refined', 'listed'],
  prompt: 'string',
  conditionOnPreviousText: 'boolean',
  temperature: true,
  compressionRatioThreshold: 'numeric',
  logProbThreshold: 'numeric',
  noSpeechThreshold: 'numeric',
  beamSize: 'count',
  patience: 'positive',
  lengthPenalty: 'number',
  batchSize: 'count',
  maxTokens: 'count',
  seed: 'whole',
  onText: 'function',
  hooks: 'object',
  signal: 'signal',
} satisfies OptionNames<TranscribeOptions>;
