import { bitsOf } from './dtypes.ts';
import type { Checkpoint, TensorData, TensorSlice } from './types.ts';

/** Transposes a matrix, `[rows, columns]` to `[columns, rows]`. Elements must be whole bytes. */
export function transpose({ dtype, shape, bytes }: TensorData): TensorData {
  const [rows = 0, columns = 0] = shape;
  const width = bitsOf(dtype) / 8;
  const result = new Uint8Array(bytes.length);
  // A copy is aligned to the element size; the given bytes may not be.
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const count = rows * columns;
  if (width === 4) {
    const from = new Uint32Array(buffer, byteOffset, count);
    transposeElements(from, new Uint32Array(result.buffer), rows, columns, 1);
  } else if (width === 2) {
    const from = new Uint16Array(buffer, byteOffset, count);
    transposeElements(from, new Uint16Array(result.buffer), rows, columns, 1);
  } else transposeElements(new Uint8Array(buffer, byteOffset), result, rows, columns, width);
  return { dtype, shape: [columns, rows], bytes: result };
}

/** Rows per block: of 4-byte elements, 16 input rows fill one 64-byte cache line of each output row. */
const BLOCK = 16;

/** Transposes a matrix whose elements consist of `units` array entries each. */
function transposeElements<T extends Uint32Array | Uint16Array | Uint8Array>(
  from: T,
  to: T,
  rows: number,
  columns: number,
  units: number,
): void {
  for (let first = 0; first < rows; first += BLOCK) {
    const last = Math.min(rows, first + BLOCK);
    for (let column = 0; column < columns; column++) {
      for (let row = first; row < last; row++) {
        const source = (row * columns + column) * units;
        const target = (column * rows + row) * units;
        for (let unit = 0; unit < units; unit++) to[target + unit] = from[source + unit]!;
      }
    }
  }
}

/** Reads the transpose of a checkpoint's matrix, or a slice of the transpose. */
export async function readTransposed(
  checkpoint: Checkpoint,
  name: string,
  slice: TensorSlice | undefined,
): Promise<TensorData> {
  const transposedSlice: TensorSlice | undefined = slice && { ...slice, axis: slice.axis === 0 ? 1 : 0 };
  return transpose(await checkpoint.read(name, transposedSlice));
}
