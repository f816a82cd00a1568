import { ShapeError } from '../errors.ts';
import type { ByteSource } from '../platform/bytes.ts';
import { bitsOf } from './dtypes.ts';
import type { TensorData, TensorInfo, TensorSlice } from './types.ts';

/** Maximum bytes per read for slices of axis 1, so that a wide tensor is never in memory as a whole. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * Reads a tensor at byte `start` of a source, or a slice of it.
 *
 * A slice of axis 0 is contiguous. A slice of axis 1 of `[rows, columns, …]` is copied from every row and packed to
 * `[rows, to - from, …]`. Throws `ShapeError` if the slice is out of range.
 */
export async function readTensor(
  source: ByteSource,
  start: number,
  info: TensorInfo,
  slice?: TensorSlice,
): Promise<TensorData> {
  const { dtype, shape } = info;
  const total = (shape.reduce((product, size) => product * size, 1) * bitsOf(dtype)) / 8;
  if (!slice) return { dtype, shape, bytes: await source.read(start, start + total) };

  checkSlice(info, slice);
  const { axis, from, to } = slice;
  const length = to - from;
  const sliced = shape.map((size, i) => (i === axis ? length : size));
  const inner = (shape.slice(axis + 1).reduce((product, size) => product * size, 1) * bitsOf(dtype)) / 8;
  const bytes =
    axis === 0
      ? await source.read(start + from * inner, start + to * inner)
      : await readColumns(source, start, shape[0]!, shape[1]! * inner, from * inner, length * inner);
  return { dtype, shape: sliced, bytes };
}

/** Copies `width` bytes at `offset` of each of `rows` rows with a stride of `stride` bytes. */
async function readColumns(
  source: ByteSource,
  start: number,
  rows: number,
  stride: number,
  offset: number,
  width: number,
): Promise<Uint8Array> {
  const columns = new Uint8Array(rows * width);
  if (columns.byteLength === 0) return columns;
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / stride));
  for (let first = 0; first < rows; first += rowsPerBlock) {
    const count = Math.min(rowsPerBlock, rows - first);
    // From the first byte of the first row's columns to the last byte of the last row's.
    const from = start + first * stride + offset;
    const block = await source.read(from, from + (count - 1) * stride + width);
    for (let row = 0; row < count; row++) {
      columns.set(block.subarray(row * stride, row * stride + width), (first + row) * width);
    }
  }
  return columns;
}

/** Throws `ShapeError` if a slice is out of range or splits bytes. */
export function checkSlice({ dtype, shape }: TensorInfo, slice: TensorSlice): void {
  const { axis, from, to } = slice ?? {};
  if (![axis, from, to].every(Number.isSafeInteger))
    throw new ShapeError('slice: axis, from and to must be whole numbers');
  const what = `slice ${from} to ${to} of axis ${axis}`;
  const size = shape[axis];
  if ((axis !== 0 && axis !== 1) || size === undefined) {
    throw new ShapeError(`${what}: a tensor of shape [${shape.join(', ')}] has no such axis`);
  }
  if (from < 0 || to < from || to > size) {
    throw new ShapeError(`${what}: expected a range within 0 to ${size}, the shape is [${shape.join(', ')}]`);
  }
  if (bitsOf(dtype) % 8 !== 0) {
    throw new ShapeError(`${what}: elements of ${dtype} are smaller than a byte and cannot be sliced`);
  }
}
