import type { WeightType } from '../backend.ts';

/**
 * A linear layer's weight `[outFeatures, inFeatures]` as the named type keeps it: the nearest values that it can hold, as floats
 * again. f16 is IEEE 754 binary16; q8 has a scale for each output feature and |q| ≤ 127; q4 has a scale for each 32 input features, with
 * which the value of largest magnitude is −8 of −8 … 7.
 */
export function quantizeWeight(weight: Float32Array, inFeatures: number, dtype: WeightType): Float32Array {
  switch (dtype) {
    case 'f32':
      return weight.slice();
    case 'f16':
      return weight.map(toHalf);
    case 'q8':
      return eachRun(weight, inFeatures, inFeatures, (run) => {
        const scale = Math.fround(run.reduce((top, value) => Math.max(top, Math.abs(value)), 0) / 127);
        return run.map((value) => scale * nearest(value, scale));
      });
    case 'q4':
      return eachRun(weight, inFeatures, 32, (run) => {
        const extreme = run.reduce((top, value) => (Math.abs(value) > Math.abs(top) ? value : top), 0);
        const scale = Math.fround(extreme / -8);
        return run.map((value) => scale * Math.min(7, nearest(value, scale)));
      });
  }
}

/** value / scale to the nearest whole number, in the f32 steps in which the kernel computes it. */
function nearest(value: number, scale: number): number {
  if (scale === 0) return 0;
  return Math.round(Math.fround(value * Math.fround(1 / scale)));
}

function eachRun(
  weight: Float32Array,
  rowLength: number,
  length: number,
  quantize: (run: Float32Array) => Float32Array,
): Float32Array {
  const result = new Float32Array(weight.length);
  for (let row = 0; row < weight.length; row += rowLength) {
    for (let start = 0; start < rowLength; start += length) {
      const end = row + Math.min(rowLength, start + length);
      result.set(quantize(weight.subarray(row + start, end)), row + start);
    }
  }
  return result;
}

/** The nearest binary16, ties to even. */
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
