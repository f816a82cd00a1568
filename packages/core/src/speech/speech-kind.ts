import type { DecodeCallOptions } from '../engine/decoder-engine.ts';
import type { CachedSession } from '../generate/scheduler/session-cache.ts';
import type { SpeechConfig } from '../models/seq2seq/speech.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { WindowFormat } from './audio/sound-windows.ts';
import type { TranscribeOptions } from './options.ts';
import type { TranscriptSegment } from './result.ts';
import type { AlignmentHead } from './speech-tokens.ts';

/** A language with its probability. */
export interface LanguageScore {
  /** Its code, such as `en`. */
  readonly language: string;
  readonly probability: number;
}

/** A window's place in the sound in seconds, and its samples. */
export interface WindowPlace {
  readonly from: number;
  readonly samples: Float32Array;
}

/** A window's segments, with times in the sound, and how far the next window is. */
export interface TranscribedWindow {
  readonly segments: readonly TranscriptSegment[];
  readonly advance: number;
}

/** Writes down the windows of a sound one after another. */
export interface SoundTranscription {
  /** The code of the language that is spoken; to be known before the first window is decoded. */
  language: string | undefined;
  /** Writes down the window that the session's first slot has as its source. */
  decode(session: CachedSession, window: WindowPlace, call: DecodeCallOptions): Promise<TranscribedWindow>;
}

/** What sets the kinds of speech models apart. */
export interface SpeechKind {
  readonly config: SpeechConfig;
  /** The codes of the languages that the model knows. */
  readonly languages: readonly string[];
  /** The cross-attention heads that follow the sound. */
  readonly alignmentHeads: readonly AlignmentHead[];
  /** Checks the options and begins a sound. Throws `ConfigError`. */
  begin(task: string, options: TranscribeOptions): SoundTranscription;
  /** How windows are made of a sound. */
  format(signal: AbortSignal | undefined): WindowFormat<unknown>;
  /** What the encoder reads of a window; undefined if nothing can be said in it. */
  source(frames: Float32Array): TokenBatch | undefined;
  /** The languages that could be spoken in the window that the session's first slot has as its source, the likeliest first. */
  languageScores(session: CachedSession, call: DecodeCallOptions): Promise<readonly LanguageScore[]>;
}
