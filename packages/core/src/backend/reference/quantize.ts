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
    case 'q8':
      return quantizeRuns(weight, inFeatures, inFeatures, (run) => {
        const scale = Math.fround(run.reduce((top, value) => Math.max(top, Math.abs(value)), 0) / 127);
        return run.map((value) => scale * quantize(value, scale));
      });
    case 'q4':
      return quantizeRuns(weight, inFeatures, 32, quantizeBlock);
  }
}

/** value / scale rounded to an integer, with the f32 rounding of the kernel. */
function quantize(value: number, scale: number): number {
  if (scale === 0) return 0;
  return Math.round(Math.fround(value * Math.fround(1 / scale)));
}

/** Candidates for the quantised value of the weight of largest magnitude, negated, before rounding and clamping. */
const LEVELS = [8, 7.5, 8.5, 7, 9];

/**
 * Quantises a block to 4 bits: for each candidate of `LEVELS` the block is rounded and its scale fitted by least squares; the candidate
 * with the smallest squared error is used. Computed with the f32 rounding and the four-lane sums of the kernel, so that both choose
 * the same candidate.
 */
function quantizeBlock(run: Float32Array): Float32Array {
  const top = run.reduce((largest, value) => (Math.abs(value) > Math.abs(largest) ? value : largest), 0);
  if (top === 0) return new Float32Array(run.length);
  const units = run.map((value) => value / top);
  let best = { gain: 0, fitted: 0, weights: units };
  for (const place of LEVELS) {
    const weights = units.map((unit) => Math.max(-8, Math.min(7, roundToEven(Math.fround(unit * -place)))));
    const product = sumInLanes(units, (unit, i) => unit * weights[i]!);
    const fitted = Math.fround(product / sumInLanes(weights, (weight) => weight * weight));
    const gain = Math.fround(product * fitted);
    if (gain > best.gain) best = { gain, fitted, weights };
  }
  const scale = Math.fround(top * best.fitted);
  return best.weights.map((weight) => scale * weight);
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The sum of f32 terms in the order of the kernel's four lanes. */
function sumInLanes(values: Float32Array, term: (value: number, index: number) => number): number {
  const lanes = new Float32Array(4);
  for (const [i, value] of values.entries()) lanes[i % 4] = lanes[i % 4]! + Math.fround(term(value, i));
  const [a, b, c, d] = lanes as unknown as [number, number, number, number];
  return Math.fround(Math.fround(a + c) + Math.fround(b + d));
}

/** Applies `quantize` to each run of `length` values of each row. */
function quantizeRuns(
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
