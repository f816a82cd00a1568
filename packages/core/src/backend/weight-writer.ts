import type { QuantizedRows } from '../weights/quantized/rows.ts';

/**
 * Receives the rows of a weight from the first to the last, in parts of any size, so that a weight is created without a float copy of the whole. All parts
 * are floats `[rows, width]`, or all are quantised already, in the type of the weight.
 */
export interface WeightWriter<Weights> {
  /** Throws `ShapeError` for values that the type cannot represent. Copies the rows at once, apart from up to seven last ones, which must not change. */
  write(rows: Float32Array | QuantizedRows): void;
  /** The weights, once all rows are written. `bias` is that of a linear layer, `[rows]`. */
  finish(bias?: Float32Array): Weights;
  /** Frees what was allocated. Does nothing after {@link finish}. */
  discard(): void;
}
