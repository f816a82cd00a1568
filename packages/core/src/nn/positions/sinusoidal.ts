import { ConfigError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { describeValue } from '../../options.ts';
import { type FloatArray, sequencesOf } from '../torch/float-array.ts';

/**
 * Sinusoidal positions (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.5): position p has sin(p / 10000^(2i / features)) in feature 2i
 * and the cosine in 2i + 1. `[length, features]`, from position `first` on. Throws `ConfigError` for sizes that are not whole numbers.
 */
export function sinusoidalPositions(length: number, features: number, first = 0): FloatArray {
  for (const [name, size] of Object.entries({ length, features, first })) {
    if (!(Number.isSafeInteger(size) && size >= 0)) {
      throw new ConfigError(
        `sinusoidalPositions: ${name} must be a whole number of at least 0, got ${describeValue(size)}`,
      );
    }
  }
  if (length * features > LIMITS.positionTable)
    throw new ConfigError(
      `sinusoidalPositions: at most ${LIMITS.positionTable} values, got ${length} times ${features}`,
    );
  const data = new Float32Array(length * features);
  for (let i = 0; i < features; i++) {
    const frequency = 10_000 ** (-(i - (i % 2)) / features);
    for (let p = 0; p < length; p++) {
      const angle = (first + p) * frequency;
      data[p * features + i] = i % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return { data, shape: [length, features] };
}

/** Adds {@link sinusoidalPositions} to every sequence. It has no weights and no maximum length. */
export class SinusoidalPositionalEncoding {
  /** `x[batch, length, features]` → the same; the first token of each sequence is at position `first`. */
  forward(x: FloatArray, first = 0): FloatArray {
    const { length, features } = sequencesOf('SinusoidalPositionalEncoding', 'input', x);
    const positions = sinusoidalPositions(length, features, first).data;
    return { data: x.data.map((value, i) => value + positions[i % positions.length]!), shape: x.shape };
  }
}
