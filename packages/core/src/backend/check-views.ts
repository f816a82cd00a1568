import { ShapeError } from '../errors.ts';
import type { Tensor } from './backend.ts';
import { checkMatrix, format, sizeOf } from './check.ts';

// The shape rules of the operations that only look at values in another way, or copy them.

export function checkRows(x: Tensor, from: number, to: number): { rows: number; features: number } {
  const size = checkMatrix('rows', 'input', x);
  const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
  if (!(whole && 0 <= from && from <= to && to <= size.rows)) {
    throw new ShapeError(`rows: ${from} to ${to} do not lie within ${size.rows} rows`);
  }
  return size;
}

export function checkReshape(x: Tensor, shape: readonly number[]): void {
  const whole = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!whole || sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ShapeError(
      `reshape: ${format(shape)} does not hold the ${sizeOf(x.shape)} values of ${format(x.shape)}`,
    );
  }
}

/** The shape of several matrices joined along an axis. */
export function checkConcat(parts: readonly Tensor[], axis: 0 | 1): [rows: number, features: number] {
  const sizes = parts.map((part, index) => checkMatrix('concat', `part ${index}`, part));
  const [first] = sizes;
  if (!first) throw new ShapeError('concat: needs at least one part');
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
