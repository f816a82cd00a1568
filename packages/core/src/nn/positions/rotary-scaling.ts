import { ConfigError } from '../../errors.ts';
import { checkOption, checkOptions, describeValue, type OptionKind } from '../../options.ts';
import { showValue } from '../../show-value.ts';

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
    }
  /**
   * YaRN (Peng et al. 2023, https://arxiv.org/abs/2309.00071): low frequencies are divided by `factor`, high ones are unchanged, with a ramp
   * between those that turn `betaSlow` and `betaFast` times (default 1 and 32) within `originalMaxPositionEmbeddings`. Cosines and sines are
   * multiplied by `attentionFactor`, by default 0.1 · ln(factor) + 1. `truncate` (default true): the ends of the ramp are whole numbers.
   */
  | {
      readonly ropeType: 'yarn';
      readonly factor: number;
      readonly originalMaxPositionEmbeddings: number;
      readonly betaFast?: number;
      readonly betaSlow?: number;
      readonly attentionFactor?: number;
      readonly truncate?: boolean;
    }
  /**
   * LongRoPE (Ding et al. 2024, https://arxiv.org/abs/2402.13753): each frequency is divided by its own factor, `factors` `[dim / 2]`. Cosines and
   * sines are multiplied by `attentionFactor`.
   */
  | { readonly ropeType: 'longrope'; readonly factors: readonly number[]; readonly attentionFactor: number };

/** What cosines and sines are multiplied by. */
export function rotaryAttentionFactor(scaling?: RotaryScaling): number {
  if (scaling?.ropeType === 'longrope') return scaling.attentionFactor;
  if (scaling?.ropeType !== 'yarn') return 1;
  return scaling.attentionFactor ?? (scaling.factor <= 1 ? 1 : 0.1 * Math.log(scaling.factor) + 1);
}

/** Features of a head: far above those of any model. */
const MAX_DIM = 2 ** 16;

/** The rotation of each pair of features per position, in radians: theta^(−2i / dim) before scaling. `[dim / 2]` */
export function rotaryFrequencies(dim: number, theta: number, scaling?: RotaryScaling): Float64Array {
  if (!(Number.isSafeInteger(dim) && dim >= 2 && dim % 2 === 0 && dim <= MAX_DIM))
    throw new ConfigError(
      `rotary: dim must be an even number from 2 to ${MAX_DIM}, got ${describeValue(dim)}`,
    );
  checkOption('rotary', 'theta', theta, 'positive');
  const plain = Float64Array.from({ length: dim / 2 }, (_, i) => theta ** ((-2 * i) / dim));
  if (!scaling) return plain;
  check(scaling, dim);
  if (scaling.ropeType === 'longrope') return plain.map((frequency, i) => frequency / scaling.factors[i]!);
  if (scaling.ropeType === 'yarn') return yarn(plain, theta, scaling);
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

function yarn(
  plain: Float64Array,
  theta: number,
  scaling: Extract<RotaryScaling, { ropeType: 'yarn' }>,
): Float64Array {
  const { factor, originalMaxPositionEmbeddings, betaFast = 32, betaSlow = 1, truncate = true } = scaling;
  const dim = 2 * plain.length;
  /** The index of the frequency that turns so many times within the original positions. */
  const indexOf = (turns: number) =>
    (dim * Math.log(originalMaxPositionEmbeddings / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [indexOf(betaFast), indexOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, dim - 1);
  const width = high === low ? 0.001 : high - low;
  return plain.map((frequency, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / width));
    return (frequency / factor) * ramp + frequency * (1 - ramp);
  });
}

const ORIGINAL = { factor: true, originalMaxPositionEmbeddings: true } as const;
const NAMES = {
  linear: { factor: true },
  llama3: { ...ORIGINAL, lowFreqFactor: true, highFreqFactor: true },
  yarn: { ...ORIGINAL, betaFast: true, betaSlow: true, attentionFactor: true, truncate: 'boolean' },
  longrope: { factors: 'list', attentionFactor: true },
} as const satisfies Readonly<Record<RotaryScaling['ropeType'], Readonly<Record<string, OptionKind>>>>;
const TYPES = Object.keys(NAMES);

function check(scaling: RotaryScaling, dim: number): void {
  checkOption('rotary', 'scaling', scaling, 'object');
  const { ropeType, ...values } = scaling;
  if (!TYPES.includes(ropeType)) {
    throw new ConfigError(`rotary: ropeType must be one of ${TYPES.join(', ')}, got ${showValue(ropeType)}`);
  }
  checkOptions(`rotary: scaling ${ropeType}`, scaling, { ropeType: true }, NAMES[ropeType]);
  if (scaling.ropeType === 'longrope') {
    const { factors } = scaling;
    if (factors.length !== dim / 2 || !factors.every((value) => Number.isFinite(value) && value > 0)) {
      throw new ConfigError(`rotary: factors must be ${dim / 2} numbers above 0, got ${factors.length}`);
    }
  }
  for (const [name, value] of Object.entries(values)) {
    if (name === 'factors' || name === 'truncate' || value === undefined) continue;
    if (!(typeof value === 'number' && Number.isFinite(value) && value > 0)) {
      throw new ConfigError(`rotary: ${name} must be a number above 0, got ${showValue(value)}`);
    }
  }
  if (scaling.ropeType === 'llama3' && scaling.highFreqFactor <= scaling.lowFreqFactor) {
    throw new ConfigError(
      `rotary: highFreqFactor must be above lowFreqFactor, got ${scaling.highFreqFactor} and ${scaling.lowFreqFactor}`,
    );
  }
}
