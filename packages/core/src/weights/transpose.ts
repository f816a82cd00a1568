import { bitsOf } from './dtypes.ts';
import type { Checkpoint, TensorData, TensorSlice } from './types.ts';

/** Transposes a matrix, `[rows, columns]` to `[columns, rows]`. Elements must be whole bytes. */
export function transpose({ dtype, shape, bytes }: TensorData): TensorData {
  const [rows = 0, columns = 0] = shape;
  const width = bitsOf(dtype) / 8;
  const result = new Uint8Array(bytes.length);
  // A copy is aligned to the element size; the given bytes may not be.
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const Units: UnitArray = width === 4 ? Uint32Array : width === 2 ? Uint16Array : Uint8Array;
  const units = width / Units.BYTES_PER_ELEMENT;
  const from = new Units(buffer, byteOffset, rows * columns * units);
  transposeElements(from, new Units(result.buffer), rows, columns, units);
  return { dtype, shape: [columns, rows], bytes: result };
}

/** The types of a matrix' elements, or of their parts. */
interface UnitArray {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Uint32Array | Uint16Array | Uint8Array;
}

/** Rows per block: of 4-byte elements, 16 input rows fill one 64-byte cache line of each output row. */
const BLOCK = 16;

/** Transposes a matrix whose elements consist of `units` array entries each. */
function transposeElements(
  from: Uint32Array | Uint16Array | Uint8Array,
  to: Uint32Array | Uint16Array | Uint8Array,
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
