import { BLOCK, type QuantizedRows, type QuantizedType, rowBytes, rowScales } from './rows.ts';

/**
 * Quantises rows of finite floats `[rows, columns]`, to the same integers and scales as the kernel when it packs weights: in 32-bit floats, without fused
 * multiply-add.
 */
export function quantizeRows(weights: Float32Array, columns: number, dtype: QuantizedType): QuantizedRows {
  const rows = columns === 0 ? 0 : weights.length / columns;
  const result: QuantizedRows = {
    dtype,
    rows,
    columns,
    values: new Uint8Array(rows * rowBytes(dtype, columns)),
    scales: new Float32Array(rows * rowScales(dtype, columns)),
  };
  if (dtype === 'q8') toBytes(weights, result);
  else toNibbles(weights, result);
  return result;
}

/** scale = max |w| / 127 of a row, q = w / scale rounded to the nearest integer, halves up. */
function toBytes(weights: Float32Array, { rows, columns, values, scales }: QuantizedRows): void {
  const integers = new Int8Array(values.buffer);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const end = start + columns;
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(weights[i]!));
    const scale = Math.fround(largest / 127);
    scales[row] = scale;
    // A row of zeros, or of values so small that their scale is 0.
    const inverse = scale > 0 ? Math.fround(1 / scale) : 0;
    for (let i = start; i < end; i++) integers[i] = Math.round(Math.fround(weights[i]! * inverse));
  }
}

/** Candidates for the quantised value of the weight of largest magnitude, negated, before rounding and clamping. */
const LEVELS = [8, 7.5, 8.5, 7, 9];

/**
 * For each candidate of `LEVELS` the block is rounded and its scale fitted by least squares; the candidate with the smallest squared error is used. Sums are
 * those of the kernel's four lanes.
 */
function toNibbles(weights: Float32Array, { rows, columns, values, scales }: QuantizedRows): void {
  const blocks = rowScales('q4', columns);
  const units = new Float32Array(BLOCK);
  const lanes = new Float32Array(8);
  let [candidate, best] = [new Int8Array(BLOCK), new Int8Array(BLOCK)];
  for (let block = 0; block < rows * blocks; block++) {
    const row = Math.floor(block / blocks);
    const start = row * columns + (block - row * blocks) * BLOCK;
    const count = Math.min(BLOCK, (row + 1) * columns - start);
    let top = 0;
    for (let i = start; i < start + count; i++) {
      if (Math.abs(weights[i]!) > Math.abs(top)) top = weights[i]!;
    }
    best.fill(0);
    let fitted = 0;
    if (top !== 0) {
      units.fill(0);
      for (let i = 0; i < count; i++) units[i] = weights[start + i]! / top;
      let gain = 0;
      for (const level of LEVELS) {
        lanes.fill(0);
        for (let i = 0; i < BLOCK; i++) {
          const unit = units[i]!;
          const q = Math.max(-8, Math.min(7, roundToEven(Math.fround(unit * -level))));
          candidate[i] = q;
          lanes[i & 3] = lanes[i & 3]! + Math.fround(q * unit);
          lanes[4 + (i & 3)] = lanes[4 + (i & 3)]! + q * q;
        }
        const product = sumLanes(lanes, 0);
        const scale = Math.fround(product / sumLanes(lanes, 4));
        // product · scale is the reduction of the squared error.
        const reduction = Math.fround(product * scale);
        if (!(reduction > gain)) continue;
        gain = reduction;
        fitted = scale;
        [best, candidate] = [candidate, best];
      }
    }
    scales[block] = Math.fround(top * fitted);
    for (let i = 0; i < 16; i++) values[block * 16 + i] = (best[i]! + 8) | ((best[i + 16]! + 8) << 4);
  }
}

function sumLanes(lanes: Float32Array, at: number): number {
  return Math.fround(Math.fround(lanes[at]! + lanes[at + 2]!) + Math.fround(lanes[at + 1]! + lanes[at + 3]!));
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
