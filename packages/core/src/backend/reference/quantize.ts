import { quantizeRows } from '../../weights/quantized/quantize.ts';
import { dequantize } from '../../weights/quantized/rows.ts';
import type { WeightType } from '../backend.ts';

/**
 * Quantises a weight `[outFeatures, inFeatures]` and converts it back to f32. f16 is IEEE 754 binary16; q8 is scale · q with a scale for
 * each output feature and |q| ≤ 127; q4 is scale · q with a scale for each 32 input features and q in −8 … 7.
 */
export function quantizeWeight(weight: Float32Array, inFeatures: number, dtype: WeightType): Float32Array {
  switch (dtype) {
    case 'f32':
      return weight.slice();
    case 'f16':
      return weight.map(toHalf);
    default:
      return dequantize(quantizeRows(weight, inFeatures, dtype));
  }
}

/** The nearest binary16 value, ties to even. */
function toHalf(value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude < 65_520)) return Number.isNaN(value) ? value : Math.sign(value) * Infinity;
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 1)));
  const step = 2 ** (exponent - 10);
  const steps = magnitude / step;
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return Math.sign(value) * rounded * step;
}
