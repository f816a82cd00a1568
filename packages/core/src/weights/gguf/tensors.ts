import { GgufCursor } from './cursor.ts';
import { ggufError } from './rules.ts';
import { type GgufTensorType, tensorTypeOf } from './tensor-types.ts';

/** A tensor of a GGUF file. */
export interface GgufTensor {
  readonly type: GgufTensorType;
  /** Row-major, as everywhere here: the other way round than in the file. */
  readonly shape: readonly number[];
  /** Its bytes, counted from where the data begin. */
  readonly begin: number;
  readonly end: number;
}

const MAX_NAME_BYTES = 64;
const MAX_AXES = 4;
/** A name's length, the number of axes, the type and the offset. */
export const MIN_TENSOR_BYTES = GgufCursor.minStringBytes + 4 + 4 + 8;

/** Reads what the header says of `count` tensors. */
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
    if (tensors.has(name)) throw ggufError('duplicate-tensor', `${what} is there twice`);
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
  if (!type) throw ggufError('unknown-tensor-type', `${what} has type ${number}`);
  const { blockSize, blockBytes, name } = type;
  // A size of zero must not hide others that are too large.
  const elements = sizes.reduce((product, size) => product * (size || 1n), 1n);
  const bytes =
    (sizes.reduce((product, size) => product * size, 1n) / BigInt(blockSize)) * BigInt(blockBytes);
  if (elements > Number.MAX_SAFE_INTEGER || offset + bytes > Number.MAX_SAFE_INTEGER) {
    throw ggufError(
      'size-overflow',
      `${what} of ${name} [${sizes.join(', ')}] at ${offset} is too large to be counted`,
    );
  }
  const shape = sizes.map(Number).reverse();
  const row = shape.at(-1) ?? 1;
  if (row % blockSize !== 0) {
    throw ggufError('rows-not-in-blocks', `${what} has rows of ${row}, ${name} has blocks of ${blockSize}`);
  }
  return { type, shape, begin: Number(offset), end: Number(offset + bytes) };
}
