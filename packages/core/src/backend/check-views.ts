import { ShapeError } from '../errors.ts';
import type { Tensor } from './backend.ts';
import { checkMatrix, formatShape, sizeOf } from './check.ts';

// Argument checks of views, reshape and concat.

/** Returns the shape of the windows. */
export function checkWindows(x: Tensor, size: number, step: number): [windows: number, features: number] {
  const { rows, features } = checkMatrix('windows', 'input', x);
  if (Number.isSafeInteger(size) && Number.isSafeInteger(step) && size > 0 && step > 0) {
    return [rows < size ? 0 : Math.floor((rows - size) / step) + 1, size * features];
  }
  throw new ShapeError(`windows: size and step must be whole numbers of at least 1, got ${size} and ${step}`);
}

export function checkReshape(x: Tensor, shape: readonly number[]): void {
  const whole = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!whole || sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ShapeError(
      `reshape: ${formatShape(shape)} does not hold the ${sizeOf(x.shape)} values of ${formatShape(x.shape)}`,
    );
  }
}

/** Returns the shape of the concatenation. */
export function checkConcat(parts: readonly Tensor[], axis: 0 | 1): [rows: number, features: number] {
  const sizes = parts.map((part, index) => checkMatrix('concat', `part ${index}`, part));
  const [first] = sizes;
  if (!first) throw new ShapeError('concat: must have at least one part, got none');
  const [along, across] = axis === 0 ? (['rows', 'features'] as const) : (['features', 'rows'] as const);
  const other = sizes.findIndex((size) => size[across] !== first[across]);
  if (other >= 0) {
    throw new ShapeError(
      `concat: all parts must have ${first[across]} ${across}, part ${other} has ${sizes[other]![across]}`,
    );
  }
  const joined = sizes.reduce((sum, size) => sum + size[along], 0);
  return axis === 0 ? [joined, first.features] : [first.rows, joined];
}
