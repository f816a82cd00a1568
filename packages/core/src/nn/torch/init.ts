import { sizeOf } from '../../backend/check.ts';
import type { Random } from '../../platform/random.ts';

/** Fills the values of a new weight. */
export type Initializer = (values: Float32Array, random: Random) => void;

/** A weight of a module: its shape and its initial values. */
export interface WeightSpec {
  readonly shape: readonly number[];
  readonly init: Initializer;
}

/** The weights of a module by name, in PyTorch's order. */
export type WeightSpecs = Readonly<Record<string, WeightSpec>>;

/** The same value everywhere. */
export function filled(value: number): Initializer {
  return (values) => void values.fill(value);
}

/** Uniform in [−bound, bound). */
export function uniform(bound: number): Initializer {
  return (values, random) => {
    for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.next() - 1);
  };
}

/** Normal with mean 0 (Box & Muller 1958). Default standard deviation 1. */
export function normal(deviation = 1): Initializer {
  return (values, random) => {
    for (let i = 0; i < values.length; i += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.next()));
      const angle = 2 * Math.PI * random.next();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
    }
  };
}

/** A matrix as PyTorch's `xavier_uniform_` (Glorot & Bengio 2010): uniform in ±√(6 / (inFeatures + outFeatures)). */
export function xavierUniform(outFeatures: number, inFeatures: number): WeightSpec {
  return { shape: [outFeatures, inFeatures], init: uniform(Math.sqrt(6 / (inFeatures + outFeatures))) };
}

/**
 * A weight `[outFeatures, …]` and a bias `[outFeatures]` as PyTorch's `nn.Linear` and `nn.Conv1d`: uniform in ±1/√(inputs of an output), which
 * is `kaiming_uniform_(a=√5)` (He et al. 2015). `name` precedes the names `weight` and `bias`.
 */
export function linearSpecs(name: string, shape: readonly number[], bias = true): WeightSpecs {
  const [outFeatures = 0, ...inputs] = shape;
  const init = uniform(1 / Math.sqrt(sizeOf(inputs)));
  return {
    [`${name}weight`]: { shape, init },
    ...(bias && { [`${name}bias`]: { shape: [outFeatures], init } }),
  };
}

/** An embedding table as PyTorch's `nn.Embedding`: standard normal. */
export function embeddingSpecs(name: string, size: number, width: number): WeightSpecs {
  return { [`${name}weight`]: { shape: [size, width], init: normal() } };
}

/** Gain 1, and unless `bias` is false bias 0. */
export function normSpecs(name: string, features: number, bias = true): WeightSpecs {
  return {
    [`${name}weight`]: { shape: [features], init: filled(1) },
    ...(bias && { [`${name}bias`]: { shape: [features], init: filled(0) } }),
  };
}

/** Specs with a prefix before their names. */
export function prefixed(prefix: string, specs: WeightSpecs): WeightSpecs {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [`${prefix}${name}`, spec]));
}
