import type { ByteSource } from '../../platform/bytes.ts';
import type { TensorData, TensorSlice } from '../types.ts';
import type { BlockDecoder } from './decode/index.ts';
import type { GgufTensorType } from './tensor-types.ts';

/** So many encoded bytes are in memory at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** A tensor in blocks. */
export interface BlockTensor {
  /** Its last axis is a multiple of the block's size. */
  readonly shape: readonly number[];
  readonly type: GgufTensorType;
  readonly decode: BlockDecoder;
}

/** Rows `rowFrom` to `rowTo` of those that the last axis makes, and of these the elements `from` to `to`. */
interface ElementRange {
  readonly rowFrom: number;
  readonly rowTo: number;
  readonly from: number;
  readonly to: number;
}

/** Reads a tensor that begins at byte `start`, or a slice of it that fits it, as 32-bit floats. */
export async function readBlocks(
  source: ByteSource,
  start: number,
  tensor: BlockTensor,
  slice?: TensorSlice,
): Promise<TensorData> {
  const shape = tensor.shape.map((size, axis) => (axis === slice?.axis ? slice.to - slice.from : size));
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let at = 0;
  // Nothing is there to be read of an empty slice, however many rows it has.
  for (const part of values.length === 0 ? [] : elementRanges(tensor.shape, slice)) {
    at = await decodeRange(source, start, tensor, part, values, at);
  }
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
}

/** What a slice takes: a run of rows, a piece of every row, or of more than two axes a run of rows from each group. */
function elementRanges(shape: readonly number[], slice: TensorSlice | undefined): ElementRange[] {
  const width = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  if (!slice) return [{ rowFrom: 0, rowTo: rows, from: 0, to: width }];
  const { axis, from, to } = slice;
  if (axis === shape.length - 1) return [{ rowFrom: 0, rowTo: rows, from, to }];
  // Rows that one index of the axis stands for, and how often the axis is gone through.
  const inner = shape.slice(axis + 1, -1).reduce((product, size) => product * size, 1);
  const outer = axis === 0 ? 1 : shape[0]!;
  return Array.from({ length: outer }, (_, group) => {
    const first = group * shape[axis]!;
    return { rowFrom: (first + from) * inner, rowTo: (first + to) * inner, from: 0, to: width };
  });
}

async function decodeRange(
  source: ByteSource,
  start: number,
  { shape, type, decode }: BlockTensor,
  { rowFrom, rowTo, from, to }: ElementRange,
  values: Float32Array,
  first: number,
): Promise<number> {
  const { blockSize, blockBytes } = type;
  const rowBytes = (shape.at(-1)! / blockSize) * blockBytes;
  const blockFrom = Math.floor(from / blockSize);
  const blocks = Math.ceil(to / blockSize) - blockFrom;
  const skipped = from - blockFrom * blockSize;
  const width = to - from;
  // Rows whose piece is not made of whole blocks are decoded aside.
  const aside = width === blocks * blockSize ? undefined : new Float32Array(blocks * blockSize);
  const rowsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  let at = first;
  for (let row = rowFrom; row < rowTo; row += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rowTo - row);
    const begin = start + row * rowBytes + blockFrom * blockBytes;
    const bytes = await source.read(begin, begin + (count - 1) * rowBytes + blocks * blockBytes);
    for (let i = 0; i < count; i++, at += width) {
      decode(bytes, i * rowBytes, blocks, aside ?? values, aside ? 0 : at);
      if (aside) values.set(aside.subarray(skipped, skipped + width), at);
    }
  }
  return at;
}
