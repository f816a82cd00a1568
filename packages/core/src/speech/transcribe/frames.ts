import { HOP_LENGTH, type LogMel, SAMPLE_RATE } from '../features/log-mel.ts';

/** Seconds of sound that an encoder of `sourceLength` positions reads at once: 30, as a position is two frames. */
export function windowSeconds({ sourceLength }: { readonly sourceLength: number }): number {
  return (2 * sourceLength * HOP_LENGTH) / SAMPLE_RATE;
}

/**
 * `count` frames of a spectrogram from `seconds` on, `[count, bins]`. What lies after its end is as quiet as its quietest part, which the silence after
 * every sound is.
 */
export function windowFrames({ data, frames, bins }: LogMel, seconds: number, count: number): Float32Array {
  const from = Math.min(Math.round((seconds * SAMPLE_RATE) / HOP_LENGTH), frames);
  const to = Math.min(from + count, frames);
  const window = data.slice(from * bins, to * bins);
  if (to - from === count) return window;
  const padded = new Float32Array(count * bins).fill(data.at(-1)!);
  padded.set(window);
  return padded;
}
