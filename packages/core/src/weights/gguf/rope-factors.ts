import { ConfigError } from '../../errors.ts';

// Constants of all Llama models since 3.1. A GGUF file contains only the resulting divisor of each frequency.
const ORIGINAL_CONTEXT = 8192;
const LOW_FREQUENCY = 1;
const HIGH_FREQUENCY = 4;
const TOLERANCE = 1e-4;

/**
 * The `rope_scaling` of a config.json that divides the rotary frequencies by `factors`, `[headDim / 2]`, highest frequency first.
 *
 * Throws `ConfigError` if the factors do not have the form of Llama 3.1's.
 */
export function llama3Scaling(factors: Float32Array, theta: number): Record<string, unknown> {
  // The lowest frequency is divided by the full factor.
  const factor = factors.at(-1) ?? 0;
  const expected = Float64Array.from(factors, (_, i) => {
    const rotations = (ORIGINAL_CONTEXT * theta ** (-i / factors.length)) / (2 * Math.PI);
    if (rotations < LOW_FREQUENCY) return factor;
    if (rotations > HIGH_FREQUENCY) return 1;
    const smooth = (rotations - LOW_FREQUENCY) / (HIGH_FREQUENCY - LOW_FREQUENCY);
    return 1 / ((1 - smooth) / factor + smooth);
  });
  const matches = expected.every((value, i) => Math.abs(value - factors[i]!) <= TOLERANCE * value);
  if (!(factor >= 1) || !matches) {
    throw new ConfigError(
      'GGUF: rope_freqs.weight must be the frequency factors of Llama 3 rotary embeddings',
    );
  }
  return {
    rope_type: 'llama3',
    factor,
    low_freq_factor: LOW_FREQUENCY,
    high_freq_factor: HIGH_FREQUENCY,
    original_max_position_embeddings: ORIGINAL_CONTEXT,
  };
}
