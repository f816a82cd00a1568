import { randomNumbers } from './safetensors.ts';

/** Noise that swells four times a second, at 16 kHz. */
export function noise(seconds: number, seed = 7): Float32Array {
  const next = randomNumbers(seed);
  return Float32Array.from(
    { length: seconds * 16_000 },
    (_, i) => ((next() / 2 ** 31 - 1) * (i % 4000)) / 4000,
  );
}
