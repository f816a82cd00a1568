import type { Tensor } from '../../backend/backend.ts';
import { sizeOf } from '../../backend/check.ts';
import { ShapeError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';
import { averageFactor, type Reduction } from './reduction.ts';

/** Options of {@link meanSquaredError} and {@link binaryCrossEntropyWithLogits}. */
export interface ElementwiseLossOptions {
  /** `mean` over all values, or `sum`. Default `mean`. */
  readonly reduction?: Reduction;
}

/**
 * Mean squared error (x − target)², as PyTorch's `mse_loss`.
 *
 * @param x any shape; @param targets as many values, row-major
 * @returns `[1]`
 */
export function meanSquaredError(
  backend: RecordingBackend,
  x: Tensor,
  targets: Float32Array,
  options: ElementwiseLossOptions = {},
): Tensor {
  return elementwise('meanSquaredError', backend, x, targets, options, {
    loss: (value, target) => (value - target) ** 2,
    derivative: (value, target) => 2 * (value - target),
  });
}

/**
 * Binary cross entropy between σ(x) and targets in 0 … 1, as PyTorch's `binary_cross_entropy_with_logits`:
 * max(x, 0) − x · target + log(1 + exp(−|x|)). Its derivative is σ(x) − target.
 *
 * @param logits any shape; @param targets as many values, row-major
 * @returns `[1]`
 */
export function binaryCrossEntropyWithLogits(
  backend: RecordingBackend,
  logits: Tensor,
  targets: Float32Array,
  options: ElementwiseLossOptions = {},
): Tensor {
  return elementwise('binaryCrossEntropyWithLogits', backend, logits, targets, options, {
    loss: (x, target) => Math.max(x, 0) - x * target + Math.log1p(Math.exp(-Math.abs(x))),
    derivative: (x, target) => 1 / (1 + Math.exp(-x)) - target,
  });
}

function elementwise(
  name: string,
  backend: RecordingBackend,
  x: Tensor,
  targets: Float32Array,
  options: ElementwiseLossOptions,
  { loss, derivative }: Record<'loss' | 'derivative', (value: number, target: number) => number>,
): Tensor {
  checkOptions(name, options, { reduction: ['mean', 'sum'] } satisfies OptionNames<ElementwiseLossOptions>);
  const { reduction = 'mean' } = options;
  const size = sizeOf(x.shape);
  if (targets.length !== size) {
    throw new ShapeError(`${name}: targets must have ${size} values, got ${targets.length}`);
  }
  const factor = averageFactor(reduction, size);
  const copy = targets.slice();
  return backend.apply({
    inputs: [x],
    compute: ([values]) => {
      let sum = 0;
      for (const [i, value] of values!.entries()) sum += loss(value, copy[i]!);
      return { data: Float32Array.of(sum * factor), shape: [1] };
    },
    gradient: ([saved], dy, [dx]) => {
      if (!dx) return;
      const values = saved!.values();
      const gradient = dy.data[dy.start]! * factor;
      for (let row = 0; row < dx.rows; row++) {
        for (let i = 0; i < dx.width; i++) {
          const index = row * dx.width + i;
          dx.data[dx.start + row * dx.stride + i]! += gradient * derivative(values[index]!, copy[index]!);
        }
      }
    },
  });
}
