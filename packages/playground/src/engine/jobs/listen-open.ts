import { logMel, readWav, resample } from '@headwise/core/speech';
import { transfer } from 'comlink';
import type { JobContext, ModelStore } from '../job.ts';

export const SAMPLE_RATE = 16_000;
/** Seconds that are heard: one window of the model. */
export const MAX_SECONDS = 30;
/** The model's features are at most so far below their largest: a factor of 10⁸ in power. */
const RANGE = 2;

/** A WAV file, or what the page has decoded from another: its first samples, and the seconds of all of it. */
export type SoundSource =
  | { readonly wav: Uint8Array }
  | { readonly channels: readonly Float32Array[]; readonly sampleRate: number; readonly seconds: number };

/** A sound as the model is given it, and its picture. */
export interface OpenSound {
  /** One channel, 16,000 a second, at most 30 seconds. */
  readonly samples: Float32Array;
  /** Seconds of the whole sound. */
  readonly seconds: number;
  /** The log-mel spectrogram as tones 0–255, [frames, bins]. */
  readonly tones: Uint8Array;
  readonly frames: number;
  readonly bins: number;
  /** The largest of the samples; near 0 for silence. */
  readonly peak: number;
}

/** Reads a sound and computes its spectrogram, as the model does. Rejects with `FormatError` and `ConfigError`. */
export async function run(
  _store: ModelStore,
  source: SoundSource,
  { signal }: JobContext,
): Promise<OpenSound> {
  const { samples: given, sampleRate } = 'wav' in source ? readWav(source.wav) : mixed(source);
  const whole = await resample(given, sampleRate, SAMPLE_RATE, signal);
  const samples = whole.slice(0, MAX_SECONDS * SAMPLE_RATE);
  const { data, frames, bins } = await logMel(samples, { signal });
  const largest = data.reduce((most, value) => Math.max(most, value), -Infinity);
  const tones = Uint8Array.from(data, (value) =>
    Math.round(255 * Math.max(0, 1 - (largest - value) / RANGE)),
  );
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const seconds = 'wav' in source ? whole.length / SAMPLE_RATE : source.seconds;
  return transfer({ samples, seconds, tones, frames, bins, peak }, [samples.buffer, tones.buffer]);
}

/** The mean of the channels. */
function mixed({ channels, sampleRate }: Extract<SoundSource, { sampleRate: number }>) {
  const [first = new Float32Array(), ...others] = channels;
  const samples = first.map(
    (sample, i) => others.reduce((sum, channel) => sum + (channel[i] ?? 0), sample) / channels.length,
  );
  return { samples, sampleRate };
}
