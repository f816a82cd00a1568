import { LoadError, ShapeError } from '../errors.ts';
import { bitsOf, type TensorDType } from './dtypes.ts';
import type { TensorData } from './types.ts';

/**
 * The tensor's values as 32-bit floats, for F32, F16, BF16 and F64 (which is rounded). NaN, infinities and subnormals
 * are kept. An aligned F32 tensor comes back as a view of its own bytes, everything else as a copy.
 *
 * Throws `LoadError` for other dtypes and `ShapeError` if the bytes do not fit shape and dtype.
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
      // A bfloat16 is the upper half of the float32 of the same value.
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
 * The tensor's values as 32-bit integers, for BOOL and the integer dtypes.
 *
 * Throws `LoadError` for other dtypes and for a value that does not fit, with the value's index.
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
        // The upper word may only repeat the sign of the lower one; an unsigned value has no sign to repeat.
        if (high !== low >> 31 || (dtype === 'U64' && low < 0)) throw outOfRange(dtype, i);
        values[i] = low;
      }
      return values;
    }
    default:
      throw unsupported(dtype, '32-bit integers', 'BOOL or an integer dtype');
  }
}

/** Number of elements, after a check that the bytes are exactly as many as these need. */
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

/** Arguments for a typed array over `bytes`, copied first if they do not start at a multiple of the element size. */
function aligned(bytes: Uint8Array, size: number, count: number): [ArrayBufferLike, number, number] {
  // Not bytes.slice(): of a Node Buffer that is a view.
  const source = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return [source.buffer, source.byteOffset, count];
}

let halfTable: Float32Array | undefined;

/**
 * All 65,536 float16 values as float32. A look-up is the fastest way that handles subnormals, infinities and NaN alike;
 * the table (256 KB) is only made when the first F16 tensor is read.
 */
export function float16Table(): Float32Array {
  if (halfTable) return halfTable;
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
  halfTable = table;
  return table;
}

function unsupported(dtype: TensorDType, wanted: string, possible: string): LoadError {
  return new LoadError(
    'unsupported-dtype',
    `tensor: ${dtype} cannot be read as ${wanted}, expected ${possible}`,
  );
}

function outOfRange(dtype: TensorDType, index: number): LoadError {
  return new LoadError(
    'unsupported-dtype',
    `tensor: the ${dtype} value at index ${index} does not fit 32 bits`,
  );
}
