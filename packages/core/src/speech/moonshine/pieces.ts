import { SAMPLE_RATE } from '../features/log-mel.ts';

/** The longest and the shortest piece of a longer sound, in seconds. Moonshine was trained on sounds of 4 to 30 seconds. */
const MAX_SECONDS = 30;
const MIN_SECONDS = 10;
/** Stretches of sound whose energy is compared, in samples, and how far apart they are. */
const STRETCH = 0.3 * SAMPLE_RATE;
const STEP = 0.02 * SAMPLE_RATE;
/** Of samples up to 1: what is not louder, −80 dB, is silence. */
const SILENCE = 1e-4;

/** The most samples of a piece. */
export const PIECE_SAMPLES = MAX_SECONDS * SAMPLE_RATE;

/**
 * The samples of a sound's next piece: all if they fit, else up to the middle of the quietest 0.3 seconds between 10 and 30 seconds, of equally quiet ones
 * the last.
 */
export function nextPiece(samples: Float32Array): Float32Array {
  if (samples.length <= PIECE_SAMPLES) return samples;
  let energy = 0;
  const from = MIN_SECONDS * SAMPLE_RATE;
  for (let i = from; i < from + STRETCH; i++) energy += samples[i]! ** 2;
  let [least, quietest] = [energy, from];
  for (let start = from + STEP; start + STRETCH <= PIECE_SAMPLES; start += STEP) {
    for (let i = start - STEP; i < start; i++) energy += samples[i + STRETCH]! ** 2 - samples[i]! ** 2;
    if (energy <= least) [least, quietest] = [energy, start];
  }
  return samples.subarray(0, quietest + STRETCH / 2);
}

/** Whether nothing can be heard. */
export function isSilent(samples: Float32Array): boolean {
  return samples.every((sample) => Math.abs(sample) <= SILENCE);
}
