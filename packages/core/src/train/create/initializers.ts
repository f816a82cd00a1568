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

/** The sinusoids of Vaswani et al. 2017, §3.5, `[positions, features]`: sines in even features, cosines in odd ones. */
export const sinusoids: Initializer = (_, [positions = 0, features = 0]) =>
  sinusoidalPositions(positions, features).data;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
