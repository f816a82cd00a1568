import type { ActivationName, WeightType } from '../../src/backend/backend.ts';
import { operation } from './operation.ts';

export interface LinearParameters {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Default: f32. */
  readonly dtype?: WeightType;
  readonly activation?: ActivationName;
  readonly bias?: boolean;
  readonly residual?: boolean;
  /** Input and residual are views of wider matrices. */
  readonly strided?: boolean;
  /** Scales input rows by different powers of ten, every fourth by 0, and sets one weight row to 0. */
  readonly uneven?: boolean;
}

export interface LinearValues {
  /** `[rows, inFeatures]` */
  readonly x: Float32Array;
  /** `[outFeatures, inFeatures]` */
  readonly weight: Float32Array;
  readonly bias?: Float32Array | undefined;
  readonly residual?: Float32Array | undefined;
}

export const linear = operation<LinearParameters, LinearValues>({
  name: 'linear',
  values({ rows, inFeatures, outFeatures, bias, residual, uneven }, random) {
    const x = random.values(rows * inFeatures);
    for (let row = 0; uneven && row < rows; row++) {
      const factor = row % 4 === 3 ? 0 : 10 ** random.integer(-6, 1);
      for (let i = 0; i < inFeatures; i++) x[row * inFeatures + i]! *= factor;
    }
    // As of trained weights, the range shrinks with √inFeatures: results are of order 1, and the rounding of a float32 sum, about
    // √inFeatures · 2⁻²⁴ of its terms, stays far below 1e-5.
    const weight = random.values(outFeatures * inFeatures, 2 / Math.sqrt(inFeatures));
    if (uneven && outFeatures > 2) weight.fill(0, inFeatures, 2 * inFeatures);
    return {
      x,
      weight,
      bias: bias ? random.values(outFeatures) : undefined,
      residual: residual ? random.values(rows * outFeatures) : undefined,
    };
  },
  prepare(on, { rows, inFeatures, outFeatures, dtype, activation = 'none', strided }, values) {
    const x = on.matrix(values.x, rows, inFeatures, strided);
    const weights = on.linear(values.weight, values.bias, inFeatures, dtype);
    const residual = values.residual && on.matrix(values.residual, rows, outFeatures, strided);
    const options = { activation, ...(residual && { residual }) };
    return () => [on.backend.linear(x, weights, options)];
  },
});
