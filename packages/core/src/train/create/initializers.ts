import { sinusoidalPositions } from '../../nn/positions/sinusoidal.ts';
import type { Random } from '../../platform/random.ts';

/** Draws the initial values of a tensor, row-major. */
export type Initializer = (random: Random, shape: readonly number[]) => Float32Array;

/** All values the same. */
export function constant(value: number): Initializer {
  return (_, shape) => new Float32Array(sizeOf(shape)).fill(value);
}

export const zeros: Initializer = constant(0);
export const ones: Initializer = constant(1);

/**
 * Normal distribution with mean 0 and standard deviation `std` (`torch.nn.init.normal_`), by the method of Box and Muller (1958). Row
 * `zeroRow` is zeros, as the padding row of PyTorch's `nn.Embedding`.
 */
export function normal(std: number, zeroRow?: number): Initializer {
  return (random, shape) => {
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i += 2) {
      const radius = std * Math.sqrt(-2 * Math.log(1 - random.next()));
      const angle = 2 * Math.PI * random.next();
      values[i] = radius * Math.cos(angle);
      // Beyond the end of an odd number of values, this has no effect.
      values[i + 1] = radius * Math.sin(angle);
    }
    const [, width = 1] = shape;
    if (zeroRow !== undefined) values.fill(0, zeroRow * width, (zeroRow + 1) * width);
    return values;
  };
}

/** Uniform distribution from −bound to bound (`torch.nn.init.uniform_`). */
export function uniform(bound: number): Initializer {
  return (random, shape) =>
    Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * random.next() - 1));
}

/**
 * PyTorch's default for a layer of `fanIn` input features: weights by `kaiming_uniform_(a = √5)` and biases are both uniform within
 * ±1/√fanIn. https://github.com/pytorch/pytorch/blob/main/torch/nn/modules/linear.py (`Linear.reset_parameters`)
 */
export function kaimingUniform(fanIn: number): Initializer {
  return uniform(1 / Math.sqrt(fanIn));
}

/** `torch.nn.init.xavier_uniform_` (Glorot & Bengio 2010) of a weight `[fanOut, fanIn]`: uniform within ±√(6 / (fanIn + fanOut)). */
export const xavierUniform: Initializer = (random, shape) => {
  const [fanOut = 1, fanIn = 1] = shape;
  return uniform(Math.sqrt(6 / (fanIn + fanOut)))(random, shape);
};

/** The sinusoids of Vaswani et al. 2017, §3.5, `[positions, features]`: sines in even features, cosines in odd ones. */
export const sinusoids: Initializer = (_, [positions = 0, features = 0]) =>
  sinusoidalPositions(positions, features).data;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
