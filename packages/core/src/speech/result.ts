/** A word with its times in the sound, in seconds. */
export interface TranscriptWord {
  /** With the space before it, if the language has spaces. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The mean probability of its tokens. */
  readonly probability: number;
}

/** A part of a transcript, with its times in the sound, in seconds. */
export interface TranscriptSegment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly ids: readonly number[];
  /** With the option `timestamps: 'word'`. */
  readonly words?: readonly TranscriptWord[];
  /** The temperature at which its window was decoded: above 0 if the result at 0 was improbable or repeated itself. */
  readonly temperature: number;
  /** The mean logarithm of the probabilities of the window's tokens. */
  readonly averageLogProbability: number;
  /** How well the window's text compresses. */
  readonly compressionRatio: number;
  /** The probability that nobody speaks in the window; undefined for a Moonshine, which does not tell. */
  readonly noSpeechProbability: number | undefined;
}

/** What a window says so far. */
export interface PartialTranscript {
  /** Where the window begins in the sound, in seconds. */
  readonly start: number;
  /** Timestamps are not in it. A character whose bytes are not all there ends it as U+FFFD. */
  readonly text: string;
  /** A window that is decoded again at a higher temperature begins again. */
  readonly temperature: number;
}

/** What is said in a sound. */
export interface Transcript {
  readonly text: string;
  /** The code of the language that is spoken, such as `en`: that of the options, or the likeliest one. */
  readonly language: string;
  /** In seconds. */
  readonly duration: number;
  readonly segments: readonly TranscriptSegment[];
}
