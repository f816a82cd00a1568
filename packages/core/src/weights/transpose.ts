import { bitsOf } from './dtypes.ts';
import type { Checkpoint, TensorData, TensorSlice } from './types.ts';

/** A matrix the other way round: `[rows, columns]` → `[columns, rows]`. Its elements are whole bytes. */
export function transpose({ dtype, shape, bytes }: TensorData): TensorData {
  const [rows = 0, columns = 0] = shape;
  const width = bitsOf(dtype) / 8;
  const turned = new Uint8Array(bytes.length);
  // The bytes given need not be aligned to their elements; a copy is.
  const { buffer } = bytes.slice();
  if (width === 4)
    transposeElements(new Uint32Array(buffer), new Uint32Array(turned.buffer), rows, columns, 1);
  else if (width === 2)
    transposeElements(new Uint16Array(buffer), new Uint16Array(turned.buffer), rows, columns, 1);
  else transposeElements(new Uint8Array(buffer), turned, rows, columns, width);
  return { dtype, shape: [columns, rows], bytes: turned };
}

/** Rows that are turned together: as many as make a line of the processor's cache out of each column. */
const BLOCK = 16;

/** Elements of `units` values each. */
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

/** A matrix of a checkpoint, or a slice of it, as if it lay there the other way round. */
export async function readTransposed(
  checkpoint: Checkpoint,
  name: string,
  slice: TensorSlice | undefined,
): Promise<TensorData> {
  const across: TensorSlice | undefined = slice && { ...slice, axis: slice.axis === 0 ? 1 : 0 };
  return transpose(await checkpoint.read(name, across));
}
