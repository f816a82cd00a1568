import { toFloat32 } from '../../weights/convert.ts';
import {
  BLOCK,
  concatRows,
  type QuantizedRows,
  type QuantizedType,
  quantizedNames,
  sliceRows,
} from '../../weights/quantized/rows.ts';
import type { Checkpoint, TensorOrigin, TensorSlice } from '../../weights/types.ts';
import type { RowRun } from './stored-rows.ts';

/** Reads rows that the checkpoint has in the type that they are kept in. */
export async function readQuantizedRows(
  checkpoint: Checkpoint,
  { tensor, firstRow = 0 }: TensorOrigin,
  dtype: QuantizedType,
  { stored, shape, rows, columns }: RowRun,
): Promise<QuantizedRows> {
  const block = typeof stored === 'string' ? undefined : stored.block;
  const start = firstRow + (typeof stored === 'string' ? 0 : stored.firstRow);
  const rowAt = (row: number) =>
    start + (block ? Math.floor(row / block.rows) * block.stride + (row % block.rows) : row);
  const first = rowAt(rows.from);
  const count = rows.to - rows.from;
  const end = count > 0 ? rowAt(rows.to - 1) + 1 : first;
  const width = columns ? columns.to - columns.from : shape[1]!;
  const [values, scales] = quantizedNames(tensor, dtype);
  const read = async (name: string, perColumn: number) => {
    const slice: TensorSlice = columns
      ? { axis: 1, from: columns.from * perColumn, to: Math.ceil(columns.to / BLOCK) * BLOCK * perColumn }
      : { axis: 0, from: first, to: end };
    if (columns && dtype === 'q8') slice.to = columns.to;
    return checkpoint.read(name, slice);
  };
  const bytes = await read(values, dtype === 'q4' ? 1 / 2 : 1);
  // A row of 8 bits has one scale, whatever its columns.
  const factors = await (columns && dtype === 'q8' ? checkpoint.read(scales) : read(scales, 1 / BLOCK));
  const all: QuantizedRows = {
    dtype,
    rows: bytes.shape[0]!,
    columns: width,
    values: bytes.bytes,
    scales: toFloat32(factors),
  };
  if (columns) return sliceRows(all, first, end);
  if (!block) return all;
  const [head = sliceRows(all, 0, 0), ...others] = Array.from({ length: count }, (_, row) => {
    const at = rowAt(rows.from + row) - first;
    return sliceRows(all, at, at + 1);
  });
  return concatRows([head, ...others]);
}
