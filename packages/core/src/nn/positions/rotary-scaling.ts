import { ConfigError } from '../../errors.ts';

/**
 * Scaling of rotary frequencies to contexts longer than in training. Names are those of Hugging Face's `rope_scaling`, in camelCase.
 */
export type RotaryScaling =
  /** Position interpolation (Chen et al. 2023, https://arxiv.org/abs/2306.15595): all frequencies divided by `factor`. */
  | { readonly ropeType: 'linear'; readonly factor: number }
  /**
   * Llama 3.1: low frequencies are divided by `factor`, high ones are unchanged, and those between are interpolated, by their number of periods
   * within `originalMaxPositionEmbeddings`.
   */
  | {
      readonly ropeType: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositionEmbeddings: number;
    };

/** The rotation of each pair of features per position, in radians: theta^(−2i / dim) before scaling. `[dim / 2]` */
export function rotaryFrequencies(dim: number, theta: number, scaling?: RotaryScaling): Float64Array {
  const plain = Float64Array.from({ length: dim / 2 }, (_, i) => theta ** ((-2 * i) / dim));
  if (!scaling) return plain;
  check(scaling);
  if (scaling.ropeType === 'linear') return plain.map((frequency) => frequency / scaling.factor);
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling;
  return plain.map((frequency) => {
    const periods = (originalMaxPositionEmbeddings * frequency) / (2 * Math.PI);
    if (periods < lowFreqFactor) return frequency / factor;
    if (periods > highFreqFactor) return frequency;
    const smooth = (periods - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
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
