import type { WeightType } from '../../../src/index.ts';

// Bounds of the error of a product due to quantised activations, from the formats alone. Quantised weights cause no error here: the
// reference multiplies by the dequantised values.
//
// A run of activations is stored as scale · q. Rounding to the nearest q changes each by at most scale / 2, and a product with the weights of
// the run by at most scale / 2 · Σ|w|; runs add up. For q8, in the portable build q has 11 bits and the run is the row (fewer bits beyond 8192
// features, so that sums fit 32 bits), and in the relaxed build q has 7 bits between the smallest and the largest of 32 values. For q4 the run
// is 32 values in both builds, and q is within ±32767 in the portable build and ±127 in the relaxed one. f16 does not quantise activations.

/** Largest slope of the activation functions except exp, whose slope is unbounded: that of GELU. */
const STEEPEST = 1.13;

/** q = x / scale is rounded to float32 first, which may change the nearest integer. */
const HALF = 0.5 + 2 ** -11;

/** Runs below this scale are stored as zeros: the scale would be subnormal. */
const SMALLEST_SCALE = 2 ** -126;

interface Product {
  readonly backend: string;
  readonly dtype: WeightType;
  readonly x: Float32Array;
  /** Dequantised. */
  readonly weight: Float32Array;
  readonly rows: number;
  readonly inFeatures: number;
}

/** Quantisation of activations: values per run, and the scale of a run from its smallest and largest value. */
export interface Rounding {
  readonly run: number;
  scale(low: number, high: number): number;
}

/** How a backend quantises activations; undefined if it does not. */
export function roundingOf({
  backend,
  dtype,
  inFeatures,
}: Omit<Product, 'x' | 'weight' | 'rows'>): Rounding | undefined {
  const relaxed = backend === 'wasm-relaxed-simd';
  if (backend === 'reference' || dtype === 'f32' || dtype === 'f16') return undefined;
  const symmetric = (limit: number, run: number): Rounding => ({
    run,
    scale: (low, high) => Math.max(-low, high) / limit,
  });
  if (dtype === 'q4') return symmetric(relaxed ? 127 : 32_767, 32);
  if (relaxed) return { run: 32, scale: (low, high) => (high - low) / 127 };
  return symmetric(Math.min(2047, Math.floor((2 ** 31 - 1) / (127 * inFeatures))), inFeatures);
}

/** Bound of the error of each value `[rows, outFeatures]` of f(x · weightᵀ + bias) due to the quantisation of x. */
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
