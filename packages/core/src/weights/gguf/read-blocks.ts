import type { ByteSource } from '../../platform/bytes.ts';
import type { TensorData, TensorSlice } from '../types.ts';
import type { BlockDecoder } from './decode/index.ts';
import type { GgufTensorType } from './tensor-types.ts';

/** Maximum number of encoded bytes per read, if a row is not larger. */
const CHUNK_BYTES = 1024 * 1024;

/** A tensor of quantized blocks. */
export interface BlockTensor {
  /** The last axis is a multiple of the block size. */
  readonly shape: readonly number[];
  readonly type: GgufTensorType;
  readonly decode: BlockDecoder;
}

/** Elements `from` to `to` of the rows `rowFrom` to `rowTo` of a tensor viewed as `[rows, last axis]`. Ends are exclusive. */
interface ElementRange {
  readonly rowFrom: number;
  readonly rowTo: number;
  readonly from: number;
  readonly to: number;
}

/** Reads a tensor at byte `start`, or a slice of it that is in range, and decodes it to 32-bit floats. */
export async function readBlocks(
  source: ByteSource,
  start: number,
  tensor: BlockTensor,
  slice?: TensorSlice,
): Promise<TensorData> {
  const shape = tensor.shape.map((size, axis) => (axis === slice?.axis ? slice.to - slice.from : size));
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let at = 0;
  // Nothing is read for an empty slice.
  for (const range of values.length === 0 ? [] : elementRanges(tensor.shape, slice)) {
    at = await decodeRange(source, start, tensor, range, values, at);
  }
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
}

/** The ranges of a slice: contiguous rows, a part of every row, or, with more than two axes, contiguous rows of each outer index. */
function elementRanges(shape: readonly number[], slice: TensorSlice | undefined): ElementRange[] {
  const width = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  if (!slice) return [{ rowFrom: 0, rowTo: rows, from: 0, to: width }];
  const { axis, from, to } = slice;
  if (axis === shape.length - 1) return [{ rowFrom: 0, rowTo: rows, from, to }];
  // `inner`: rows per index of the sliced axis; `outer`: number of indices of the axes before it.
  const inner = shape.slice(axis + 1, -1).reduce((product, size) => product * size, 1);
  const outer = axis === 0 ? 1 : shape[0]!;
  return Array.from({ length: outer }, (_, group) => {
    const first = group * shape[axis]!;
    return { rowFrom: (first + from) * inner, rowTo: (first + to) * inner, from: 0, to: width };
  });
}

/** Decodes a range to `values` from index `firstValue`. Returns the index after the last value. */
async function decodeRange(
  source: ByteSource,
  start: number,
  { shape, type, decode }: BlockTensor,
  { rowFrom, rowTo, from, to }: ElementRange,
  values: Float32Array,
  firstValue: number,
): Promise<number> {
  const { blockSize, blockBytes } = type;
  const rowBytes = (shape.at(-1)! / blockSize) * blockBytes;
  const blockFrom = Math.floor(from / blockSize);
  const blocks = Math.ceil(to / blockSize) - blockFrom;
  const skipped = from - blockFrom * blockSize;
  const width = to - from;
  // If the elements are not whole blocks, each row is decoded to a scratch buffer first.
  const scratch = width === blocks * blockSize ? undefined : new Float32Array(blocks * blockSize);
  const rowsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  let at = firstValue;
  for (let row = rowFrom; row < rowTo; row += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rowTo - row);
    const begin = start + row * rowBytes + blockFrom * blockBytes;
    const bytes = await source.read(begin, begin + (count - 1) * rowBytes + blocks * blockBytes);
    for (let i = 0; i < count; i++, at += width) {
      decode(bytes, i * rowBytes, blocks, scratch ?? values, scratch ? 0 : at);
      if (scratch) values.set(scratch.subarray(skipped, skipped + width), at);
    }
  }
  return at;
}
