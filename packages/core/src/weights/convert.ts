import { LoadError, ShapeError } from '../errors.ts';
import { bitsOf, type TensorDType } from './dtypes.ts';
import type { TensorData } from './types.ts';

/**
 * Converts a tensor of F32, F16, BF16 or F64 (rounded) to 32-bit floats. NaN, infinities and subnormals are preserved.
 * Returns a view of the tensor's bytes if it is F32 and aligned, else a copy.
 *
 * Throws `LoadError` for other dtypes and `ShapeError` if the number of bytes does not match shape and dtype.
 */
export function toFloat32(tensor: TensorData): Float32Array {
  const count = elementCount(tensor);
  switch (tensor.dtype) {
    case 'F32':
      return new Float32Array(...aligned(tensor.bytes, 4, count));
    case 'F64':
      return Float32Array.from(new Float64Array(...aligned(tensor.bytes, 8, count)));
    case 'F16': {
      const halves = new Uint16Array(...aligned(tensor.bytes, 2, count));
      const values = new Float32Array(count);
      const table = float16Table();
      for (let i = 0; i < count; i++) values[i] = table[halves[i]!]!;
      return values;
    }
    case 'BF16': {
      // A bfloat16 is the upper 16 bits of a float32.
      const halves = new Uint16Array(...aligned(tensor.bytes, 2, count));
      const words = new Uint32Array(count);
      for (let i = 0; i < count; i++) words[i] = halves[i]! << 16;
      return new Float32Array(words.buffer);
    }
    default:
      throw unsupported(tensor.dtype, '32-bit floats', 'F32, F16, BF16 or F64');
  }
}

/**
 * Converts a tensor of BOOL or an integer dtype to 32-bit integers.
 *
 * Throws `LoadError` for other dtypes and for a value outside the range, with its index, and `ShapeError` if the number of
 * bytes does not match shape and dtype.
 */
export function toInt32(tensor: TensorData): Int32Array {
  const count = elementCount(tensor);
  const { bytes, dtype } = tensor;
  switch (dtype) {
    case 'BOOL':
    case 'U8':
      return Int32Array.from(bytes.subarray(0, count));
    case 'I8':
      return Int32Array.from(new Int8Array(...aligned(bytes, 1, count)));
    case 'I16':
      return Int32Array.from(new Int16Array(...aligned(bytes, 2, count)));
    case 'U16':
      return Int32Array.from(new Uint16Array(...aligned(bytes, 2, count)));
    case 'I32':
      return new Int32Array(...aligned(bytes, 4, count));
    case 'U32': {
      const values = new Int32Array(...aligned(bytes, 4, count));
      const wrapped = values.findIndex((value) => value < 0);
      if (wrapped >= 0) throw outOfRange(dtype, wrapped);
      return values;
    }
    case 'I64':
    case 'U64': {
      const words = new Int32Array(...aligned(bytes, 4, 2 * count));
      const values = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        const low = words[2 * i]!;
        const high = words[2 * i + 1]!;
        // In range if the upper word is the sign extension of the lower one; an unsigned value must not be negative.
        if (high !== low >> 31 || (dtype === 'U64' && low < 0)) throw outOfRange(dtype, i);
        values[i] = low;
      }
      return values;
    }
    default:
      throw unsupported(dtype, '32-bit integers', 'BOOL or an integer dtype');
  }
}

/** Number of elements. Throws `ShapeError` if the number of bytes does not match. */
function elementCount({ bytes, dtype, shape }: TensorData): number {
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = (count * bitsOf(dtype)) / 8;
  if (bytes.byteLength !== expected) {
    throw new ShapeError(
      `tensor: shape [${shape.join(', ')}] of ${dtype} needs ${expected} bytes, got ${bytes.byteLength}`,
    );
  }
  return count;
}

/** Constructor arguments for a typed array over `bytes`, which are copied if not aligned to the element size. */
function aligned(bytes: Uint8Array, size: number, count: number): [ArrayBufferLike, number, number] {
  // Not bytes.slice(), which returns a view for a Node Buffer.
  const source = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return [source.buffer, source.byteOffset, count];
}

let cachedFloat16Table: Float32Array | undefined;

/**
 * All 65,536 float16 values as float32 (256 KB), computed on first use. A table look-up is the fastest conversion that also
 * handles subnormals, infinities and NaN.
 */
export function float16Table(): Float32Array {
  if (cachedFloat16Table) return cachedFloat16Table;
  const table = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Infinity
            : NaN
          : (1024 + fraction) * 2 ** (exponent - 25);
    table[bits] = bits & 0x8000 ? -magnitude : magnitude;
  }
  cachedFloat16Table = table;
  return table;
}

function unsupported(dtype: TensorDType, target: string, supported: string): LoadError {
  return new LoadError(
    'unsupported-dtype',
    `tensor: ${dtype} cannot be converted to ${target}, expected ${supported}`,
  );
}

function outOfRange(dtype: TensorDType, index: number): LoadError {
  return new LoadError(
    'unsupported-dtype',
    `tensor: the ${dtype} value at index ${index} does not fit into 32 bits`,
  );
}
