import { dequantize } from '../../weights/quantized/rows.ts';
import type { WeightWriter } from '../weight-writer.ts';

/** A writer that passes all rows `[rows, width]` as floats to `create`, and whether they were quantised. */
export function collectRows<Weights>(
  rows: number,
  width: number,
  create: (weight: Float32Array, isQuantized: boolean, bias: Float32Array | undefined) => Weights,
): WeightWriter<Weights> {
  const all = new Float32Array(rows * width);
  let at = 0;
  let isQuantized = false;
  return {
    write: (part) => {
      isQuantized = !(part instanceof Float32Array);
      const values = part instanceof Float32Array ? part : dequantize(part);
      all.set(values, at);
      at += values.length;
    },
    finish: (bias) => create(all, isQuantized, bias),
    discard: () => {},
  };
}
