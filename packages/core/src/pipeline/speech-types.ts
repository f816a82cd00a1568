import type { AudioInput } from '../speech/audio/read-audio.ts';
import type { TranscribeOptions } from '../speech/options.ts';
import type { SnakeCased } from './generation-types.ts';

/** Options of core's `transcribe`, in either spelling, without those that have other names here. */
type CoreOptions = Omit<TranscribeOptions, 'timestamps' | 'beamSize' | 'maxTokens'>;

export interface SpeechRecognitionOptions extends SnakeCased<CoreOptions>, CoreOptions {
  /** `true`: the times of segments; `word`: those of words. Default: false. */
  return_timestamps?: boolean | 'word';
  /** Code or English name of the language that is spoken, such as `fr` or `french`. Default: the likeliest in the first 30 seconds. */
  language?: string;
  /** Accepted without an effect: sounds of any length are read in the model's windows, each from where the one before ends. */
  chunk_length_s?: number;
  /** Accepted without an effect, as `chunk_length_s`. */
  stride_length_s?: number;
  /** Core's `beamSize`. Default: 1. */
  num_beams?: number;
  /** Maximum tokens of a window, core's `maxTokens`. */
  max_new_tokens?: number;
}

/** A sound: what core's `transcribe` takes, doubles at 16 kHz, or the URL of a file. */
export type SoundInput = AudioInput | Float64Array | string | URL;

/** A part of a text with its times in seconds. */
export interface TimedText {
  readonly text: string;
  readonly timestamp: readonly [start: number, end: number];
}

export interface RecognizedSpeech {
  /** With the space before it that the model writes. */
  readonly text: string;
  /** With `return_timestamps`. */
  readonly chunks?: readonly TimedText[];
}

export interface SpeechRecognition {
  (sound: SoundInput, options?: SpeechRecognitionOptions): Promise<RecognizedSpeech>;
  (sounds: readonly SoundInput[], options?: SpeechRecognitionOptions): Promise<RecognizedSpeech[]>;
}
