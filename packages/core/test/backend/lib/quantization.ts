import type { WeightType } from '../../../src/backend/index.ts';

// What a product loses because a backend rounds its activations on the way, from the formats alone. The weights lose nothing here:
// the reference multiplies with the very values that the packed weight stands for.
//
// A run of activations is kept as scale · q. Rounding to the nearest q moves each by at most scale / 2, so a product with the
// weights of the run moves by at most scale / 2 · Σ|w|; runs add up. In the portable build q has 11 bits and the run is the
// row (fewer bits beyond 8192 features, so that sums stay within 32 bits); in the relaxed build q has 7 bits between the smallest
// and the largest value of 32 for q8, and ±127 of a row for q4. Few rows alone are rounded for q4, and none for f16.

/** Up to this many rows are multiplied in whole numbers by q4 weights. */
export const Q4_ROUNDED_ROWS = 6;

/** The greatest slope of the activation functions but exp, which has none: that of GELU. */
const STEEPEST = 1.13;

/** q = x / scale is itself rounded to float32, which may move it to the next whole number from just beside the middle. */
const HALF = 0.5 + 2 ** -11;

/** A run below this scale is kept as zeros (scale would not be a normal number). */
const SMALLEST_SCALE = 2 ** -126;

interface Product {
  readonly backend: string;
  readonly dtype: WeightType;
  readonly x: Float32Array;
  /** The values that the weight stands for. */
  readonly weight: Float32Array;
  readonly rows: number;
  readonly inFeatures: number;
}

/** How activations are kept: values to a run, and the scale of one from its smallest and largest value. */
export interface Rounding {
  readonly run: number;
  scale(low: number, high: number): number;
}

/** How a backend rounds activations, if it does. */
export function roundingOf({
  backend,
  dtype,
  rows,
  inFeatures,
}: Omit<Product, 'x' | 'weight'>): Rounding | undefined {
  const relaxed = backend === 'wasm-relaxed-simd';
  if (backend === 'reference' || dtype === 'f32' || dtype === 'f16') return undefined;
  const symmetric = (limit: number): Rounding => ({
    run: inFeatures,
    scale: (low, high) => Math.max(-low, high) / limit,
  });
  if (dtype === 'q4') return rows <= Q4_ROUNDED_ROWS ? symmetric(relaxed ? 127 : 2047) : undefined;
  if (relaxed) return { run: 32, scale: (low, high) => (high - low) / 127 };
  return symmetric(Math.min(2047, Math.floor((2 ** 31 - 1) / (127 * inFeatures))));
}

/** At most so much does each value `[rows, outFeatures]` of f(x · weightᵀ + bias) lose by the rounding of x. */
export function productLosses(product: Product): Float64Array {
  const { x, weight, rows, inFeatures } = product;
  const outFeatures = weight.length / inFeatures;
  const losses = new Float64Array(rows * outFeatures);
  const rounding = roundingOf(product);
  if (!rounding) return losses;
  for (let start = 0; start < inFeatures; start += rounding.run) {
    const end = Math.min(inFeatures, start + rounding.run);
    const sums = Float64Array.from({ length: outFeatures }, (_, column) =>
      weight
        .subarray(column * inFeatures + start, column * inFeatures + end)
        .reduce((sum, value) => sum + Math.abs(value), 0),
    );
    for (let row = 0; row < rows; row++) {
      const run = x.subarray(row * inFeatures + start, row * inFeatures + end);
      const low = run.reduce((a, b) => Math.min(a, b), 0);
      const high = run.reduce((a, b) => Math.max(a, b), 0);
      const scale = rounding.scale(low, high);
      const most = scale < SMALLEST_SCALE ? Math.max(-low, high) : HALF * scale;
      for (let column = 0; column < outFeatures; column++) {
        losses[row * outFeatures + column]! += STEEPEST * most * sums[column]!;
      }
    }
  }
  return losses;
}
