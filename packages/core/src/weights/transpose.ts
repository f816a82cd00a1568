import { bitsOf } from './dtypes.ts';
import type { Checkpoint, TensorData, TensorSlice } from './types.ts';

/** A matrix the other way round: `[rows, columns]` → `[columns, rows]`. Its elements are whole bytes. */
export function transpose({ dtype, shape, bytes }: TensorData): TensorData {
  const [rows = 0, columns = 0] = shape;
  const width = bitsOf(dtype) / 8;
  const turned = new Uint8Array(bytes.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * width;
      const to = (column * rows + row) * width;
      for (let byte = 0; byte < width; byte++) turned[to + byte] = bytes[from + byte]!;
    }
  }
  return { dtype, shape: [columns, rows], bytes: turned };
}

/** A matrix of a checkpoint, or a slice of it, as if it lay there the other way round. */
export async function transposed(
  checkpoint: Checkpoint,
  name: string,
  slice: TensorSlice | undefined,
): Promise<TensorData> {
  const across: TensorSlice | undefined = slice && { ...slice, axis: slice.axis === 0 ? 1 : 0 };
  return transpose(await checkpoint.read(name, across));
}
