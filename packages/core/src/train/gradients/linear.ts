import type { GradientRules } from './rules.ts';

/**
 * y = x · Wᵀ + b: dx += dy · W, dW += dyᵀ · x, db += the sum of the rows of dy.
 *
 * Activations and residuals are not seen here: the recording backend splits off the activation, whose gradient needs its input, and the
 * gradient of a residual is dy.
 */
export const linear: GradientRules['linear'] = ({ x, weight, dy, dx, dWeight, dBias }) => {
  const { rows, width: outFeatures } = dy;
  const inFeatures = x.shape[1] ?? 0;
  const values = dWeight ? x.values() : undefined;
  const weights = weight.data;
  // Output features outermost: the row of the weight and of its gradient stay in the processor's cache.
  for (let column = 0; column < outFeatures; column++) {
    const at = column * inFeatures;
    for (let row = 0; row < rows; row++) {
      const gradient = dy.data[dy.start + row * dy.stride + column]!;
      if (gradient === 0) continue;
      if (dBias) dBias.data[dBias.start + column]! += gradient;
      if (dx) {
        const to = dx.start + row * dx.stride;
        for (let i = 0; i < inFeatures; i++) dx.data[to + i]! += gradient * weights[at + i]!;
      }
      if (dWeight && values) {
        const from = row * inFeatures;
        const to = dWeight.start + at;
        for (let i = 0; i < inFeatures; i++) dWeight.data[to + i]! += gradient * values[from + i]!;
      }
    }
  }
};
