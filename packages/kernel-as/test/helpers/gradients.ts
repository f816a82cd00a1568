import { expect } from 'vitest';

/**
 * Compares a gradient that was added to `initial` with the exact one. Errors are relative to the largest absolute value of both and of
 * `scale`.
 */
export function expectAdded(
  got: Float32Array,
  initial: Float32Array,
  gradient: ArrayLike<number>,
  name: string,
  tolerance: number,
  scale = 0.1,
): void {
  let [largest, error] = [scale, 0];
  expect(got.length, name).toBe(gradient.length);
  for (let i = 0; i < got.length; i++) {
    const exact = initial[i]! + gradient[i]!;
    if (Object.is(exact, got[i])) continue;
    largest = Math.max(largest, Math.abs(exact));
    const difference = Math.abs(exact - got[i]!);
    error = Number.isNaN(difference) ? Number.NaN : Math.max(error, difference);
  }
  if (!(error <= largest * tolerance)) expect.fail(`${name}: error ${error}, largest ${largest}`);
}

/** Dense rows with `margin` more values after each, but not after the last. */
export function withMargin(values: Float32Array, width: number, margin: number): Float32Array {
  if (margin === 0 || width === 0) return values;
  const rows = values.length / width;
  const result = new Float32Array(rows === 0 ? 0 : rows * (width + margin) - margin).fill(3e5);
  for (let row = 0; row < rows; row++) {
    result.set(values.subarray(row * width, (row + 1) * width), row * (width + margin));
  }
  return result;
}

/** The reverse of {@link withMargin}. */
export function withoutMargin(values: Float32Array, width: number, margin: number): Float32Array {
  if (margin === 0 || width === 0) return values;
  const rows = values.length === 0 ? 0 : (values.length + margin) / (width + margin);
  const result = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    result.set(values.subarray(row * (width + margin), row * (width + margin) + width), row * width);
  }
  return result;
}
