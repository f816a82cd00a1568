import { GgufCursor } from './cursor.ts';
import { ggufError } from './rules.ts';
import { type GgufTensorType, tensorTypeOf } from './tensor-types.ts';

/** A tensor's entry in the header of a GGUF file. */
export interface GgufTensor {
  readonly type: GgufTensorType;
  /** Row-major. The file stores the sizes in reverse order. */
  readonly shape: readonly number[];
  /** Offset of the first byte, relative to the start of the data. */
  readonly begin: number;
  /** Offset after the last byte. */
  readonly end: number;
}

const MAX_NAME_BYTES = 64;
const MAX_AXES = 4;
/** Minimum size of an entry: name length, number of axes, type and offset. */
export const MIN_TENSOR_BYTES = GgufCursor.minStringBytes + 4 + 4 + 8;

/** Reads the entries of `count` tensors. */
export function readTensors(cursor: GgufCursor, count: number): Map<string, GgufTensor> {
  const tensors = new Map<string, GgufTensor>();
  for (let i = 0; i < count; i++) {
    const name = cursor.string(`the name of tensor ${i}`, MAX_NAME_BYTES, (length) =>
      ggufError(
        'name-too-long',
        `the name of tensor ${i} has ${length} bytes, at most ${MAX_NAME_BYTES} are allowed`,
      ),
    );
    const what = `tensor ${JSON.stringify(name)}`;
    if (tensors.has(name)) throw ggufError('duplicate-tensor', `${what} occurs twice`);
    tensors.set(name, readTensor(cursor, what));
  }
  return tensors;
}

function readTensor(cursor: GgufCursor, what: string): GgufTensor {
  const axes = cursor.u32(`the number of axes of ${what}`);
  if (axes > MAX_AXES)
    throw ggufError('too-many-axes', `${what} has ${axes} axes, at most ${MAX_AXES} are allowed`);
  const sizes = Array.from({ length: axes }, () => cursor.u64(`the shape of ${what}`));
  const number = cursor.u32(`the type of ${what}`);
  const offset = cursor.u64(`the offset of ${what}`);
  const type = tensorTypeOf(number);
  if (!type) throw ggufError('unknown-tensor-type', `${what} has the unknown type ${number}`);
  const { blockSize, blockBytes, name } = type;
  // Sizes of zero are ignored, so that they do not hide an overflow of the others.
  const elements = sizes.reduce((product, size) => product * (size || 1n), 1n);
  const bytes =
    (sizes.reduce((product, size) => product * size, 1n) / BigInt(blockSize)) * BigInt(blockBytes);
  if (elements > Number.MAX_SAFE_INTEGER || offset + bytes > Number.MAX_SAFE_INTEGER) {
    throw ggufError('size-overflow', `${what} of ${name} [${sizes.join(', ')}] at ${offset} is too large`);
  }
  const shape = sizes.map(Number).reverse();
  const row = shape.at(-1) ?? 1;
  if (row % blockSize !== 0) {
    throw ggufError(
      'rows-not-in-blocks',
      `${what} has rows of ${row} elements, expected a multiple of the ${name} block size ${blockSize}`,
    );
  }
  return { type, shape, begin: Number(offset), end: Number(offset + bytes) };
}
