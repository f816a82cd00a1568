import { ConfigError } from '../../errors.ts';

/**
 * How rotary positions are stretched beyond the context that a model was trained with. Names are those of Hugging Face's
 * `rope_scaling`, in camelCase.
 */
export type RotaryScaling =
  /** Every position divided by `factor` (Chen et al. 2023, position interpolation). */
  | { readonly ropeType: 'linear'; readonly factor: number }
  /**
   * Llama 3.1's: slow turns are divided by `factor`, fast ones stay, those between are blended by how often they turn within the
   * context that the model was first trained with.
   */
  | {
      readonly ropeType: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositionEmbeddings: number;
    };

/** By how much each pair of features turns from one position to the next, in radians: theta^(−2i / dim) before scaling. */
export function rotaryFrequencies(dim: number, theta: number, scaling?: RotaryScaling): Float64Array {
  const plain = Float64Array.from({ length: dim / 2 }, (_, i) => theta ** ((-2 * i) / dim));
  if (!scaling) return plain;
  check(scaling);
  if (scaling.ropeType === 'linear') return plain.map((frequency) => frequency / scaling.factor);
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling;
  return plain.map((frequency) => {
    const turns = (originalMaxPositionEmbeddings * frequency) / (2 * Math.PI);
    if (turns < lowFreqFactor) return frequency / factor;
    if (turns > highFreqFactor) return frequency;
    const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return (1 - smooth) * (frequency / factor) + smooth * frequency;
  });
}

function check(scaling: RotaryScaling): void {
  const { ropeType, ...numbers } = scaling;
  if (ropeType !== 'linear' && ropeType !== 'llama3') {
    throw new ConfigError(`rotary: ropeType must be linear or llama3, got ${JSON.stringify(ropeType)}`);
  }
  for (const [name, value] of Object.entries(numbers)) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new ConfigError(`rotary: ${name} must be a number above 0, got ${JSON.stringify(value)}`);
    }
  }
  if (scaling.ropeType === 'llama3' && scaling.highFreqFactor <= scaling.lowFreqFactor) {
    throw new ConfigError(
      `rotary: highFreqFactor must be above lowFreqFactor, got ${scaling.highFreqFactor} and ${scaling.lowFreqFactor}`,
    );
  }
}
