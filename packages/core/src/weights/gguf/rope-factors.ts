import { ConfigError } from '../../errors.ts';

// Constants of every Llama from 3.1 on; a GGUF file has what they amount to, by how much each frequency is divided.
const ORIGINAL_CONTEXT = 8192;
const LOW_FREQUENCY = 1;
const HIGH_FREQUENCY = 4;
const TOLERANCE = 1e-4;

/**
 * The `rope_scaling` of a config.json that divides the rotary frequencies by `factors`, one for each pair of features, the fastest first.
 * Throws `ConfigError` if they are not those of a Llama 3.
 */
export function llama3Scaling(factors: Float32Array, theta: number): Record<string, unknown> {
  // The slowest frequency is divided by the whole factor.
  const factor = factors.at(-1) ?? 0;
  const expected = Float64Array.from(factors, (_, i) => {
    const turns = (ORIGINAL_CONTEXT * theta ** (-i / factors.length)) / (2 * Math.PI);
    if (turns < LOW_FREQUENCY) return factor;
    if (turns > HIGH_FREQUENCY) return 1;
    const smooth = (turns - LOW_FREQUENCY) / (HIGH_FREQUENCY - LOW_FREQUENCY);
    return 1 / ((1 - smooth) / factor + smooth);
  });
  const same = expected.every((value, i) => Math.abs(value - factors[i]!) <= TOLERANCE * value);
  if (!(factor >= 1) || !same) {
    throw new ConfigError("GGUF: rope_freqs.weight must be the factors of a Llama 3's rotary positions");
  }
  return {
    rope_type: 'llama3',
    factor,
    low_freq_factor: LOW_FREQUENCY,
    high_freq_factor: HIGH_FREQUENCY,
    original_max_position_embeddings: ORIGINAL_CONTEXT,
  };
}
