/** Integer types of weights: 8 bits with a scale for each row, and 4 bits with a scale for each 32 values of a row. */
export type QuantizedType = 'q8' | 'q4';

/** Values of a row that share a scale in `q4`. */
export const BLOCK = 32;

/**
 * Rows of a matrix that are quantised.
 *
 * `q8`: `values` are signed bytes `[rows, columns]`, `scales` is `[rows]`; w[r, c] = scales[r] · values[r, c].
 *
 * `q4`: a row is ⌈columns / 32⌉ blocks of 16 bytes; byte i of a block has q + 8 of its value i in the lower nibble and of its value i + 16 in the upper
 * one, and 8 (zero) past the last column. `scales` is `[rows, blocks]`; w = scale · q, −8 ≤ q ≤ 7.
 */
export interface QuantizedRows {
  readonly dtype: QuantizedType;
  readonly rows: number;
  readonly columns: number;
  readonly values: Uint8Array;
  readonly scales: Float32Array;
}

/** The names of the tensors with a matrix's quantised rows: its values and its scales. */
export function quantizedNames(
  tensor: string,
  dtype: QuantizedType,
): readonly [values: string, scales: string] {
  return [`${tensor}.${dtype}`, `${tensor}.${dtype}.scale`];
}

/** Bytes of the values of a row. */
export function rowBytes(dtype: QuantizedType, columns: number): number {
  return dtype === 'q8' ? columns : Math.ceil(columns / BLOCK) * (BLOCK / 2);
}

/** Scales of a row. */
export function rowScales(dtype: QuantizedType, columns: number): number {
  return dtype === 'q8' ? 1 : Math.ceil(columns / BLOCK);
}

/** The rows `from` to `to`, sharing memory. */
export function sliceRows(all: QuantizedRows, from: number, to: number): QuantizedRows {
  const [bytes, scales] = [rowBytes(all.dtype, all.columns), rowScales(all.dtype, all.columns)];
  return {
    ...all,
    rows: to - from,
    values: all.values.subarray(from * bytes, to * bytes),
    scales: all.scales.subarray(from * scales, to * scales),
  };
}

/** Rows of one matrix after another. Copies them. */
export function concatRows(parts: readonly [QuantizedRows, ...QuantizedRows[]]): QuantizedRows {
  const [{ dtype, columns }] = parts;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const values = new Uint8Array(rows * rowBytes(dtype, columns));
  const scales = new Float32Array(rows * rowScales(dtype, columns));
  let row = 0;
  for (const part of parts) {
    values.set(part.values, row * rowBytes(dtype, columns));
    scales.set(part.scales, row * rowScales(dtype, columns));
    row += part.rows;
  }
  return { dtype, rows, columns, values, scales };
}

/** The values as floats, `[rows, columns]`. */
export function dequantize({ dtype, rows, columns, values, scales }: QuantizedRows): Float32Array {
  const floats = new Float32Array(rows * columns);
  if (dtype === 'q8') {
    const integers = new Int8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let row = 0, at = 0; row < rows; row++) {
      const scale = scales[row]!;
      for (let column = 0; column < columns; column++, at++) floats[at] = integers[at]! * scale;
    }
    return floats;
  }
  const blocks = rowScales(dtype, columns);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const block = row * blocks + (column >> 5);
      const pair = values[block * 16 + (column & 15)]!;
      floats[at] = ((column & 16 ? pair >> 4 : pair & 15) - 8) * scales[block]!;
    }
  }
  return floats;
}
