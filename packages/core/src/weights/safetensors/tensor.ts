import { LIMITS } from '../../limits.ts';
import { bitsOf, isTensorDType, type TensorDType } from '../dtypes.ts';
import type { TensorInfo } from '../types.ts';
import type { JsonObject, StrictJson } from './json.ts';
import { safetensorsError } from './rules.ts';

/** A tensor's entry in the header of a safetensors file. */
export interface SafetensorsTensor extends TensorInfo {
  /** Offset of the first byte, relative to the start of the data. */
  readonly begin: number;
  /** Offset after the last byte. */
  readonly end: number;
}

const FIELDS = ['dtype', 'shape', 'data_offsets'];
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * Parses one tensor's entry and checks everything that does not depend on other tensors: the fields, and that the number
 * of bytes matches shape and dtype.
 */
export function parseTensor(name: string, entry: StrictJson): SafetensorsTensor {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (!(entry instanceof Map)) throw safetensorsError('invalid-tensor', `${tensor} must be an object`);
  checkFields(tensor, entry);
  const dtype = parseDType(tensor, entry.get('dtype'));
  const shape = parseShape(tensor, entry.get('shape'));
  const [begin, end] = parseOffsets(tensor, entry.get('data_offsets'));
  if (begin > end) {
    throw safetensorsError('offsets-unordered', `${tensor} ends at ${end}, before its begin at ${begin}`);
  }
  const bytes = bytesOf(tensor, dtype, shape);
  if (end - begin !== bytes) {
    throw safetensorsError(
      'size-mismatch',
      `${tensor} has ${end - begin} bytes, ${dtype} [${shape.join(', ')}] needs ${bytes}`,
    );
  }
  return { dtype, shape: shape.map(Number), begin: Number(begin), end: Number(end) };
}

function checkFields(tensor: string, entry: JsonObject): void {
  for (const field of FIELDS) {
    if (!entry.has(field)) throw safetensorsError('missing-field', `${tensor} has no ${field}`);
  }
  for (const field of entry.keys()) {
    if (!FIELDS.includes(field)) {
      throw safetensorsError('unknown-field', `${tensor} has the unknown field ${JSON.stringify(field)}`);
    }
  }
}

function parseDType(tensor: string, dtype: StrictJson | undefined): TensorDType {
  if (typeof dtype !== 'string') throw safetensorsError('invalid-dtype', `${tensor}: dtype must be a string`);
  if (!isTensorDType(dtype)) {
    throw safetensorsError('unknown-dtype', `${tensor} has the unknown dtype ${JSON.stringify(dtype)}`);
  }
  return dtype;
}

function parseShape(tensor: string, shape: StrictJson | undefined): bigint[] {
  if (Array.isArray(shape) && shape.length > LIMITS.axes) {
    throw safetensorsError(
      'invalid-shape',
      `${tensor}: shape must have at most ${LIMITS.axes} axes, has ${shape.length}`,
    );
  }
  const sizes = Array.isArray(shape) ? shape.map(toCount) : [undefined];
  if (!sizes.every((size) => size !== undefined)) {
    throw safetensorsError('invalid-shape', `${tensor}: shape must be a list of non-negative integers`);
  }
  return sizes;
}

function parseOffsets(tensor: string, offsets: StrictJson | undefined): [bigint, bigint] {
  const [begin, end, ...more] = Array.isArray(offsets) ? offsets.map(toCount) : [];
  if (begin === undefined || end === undefined || more.length > 0) {
    throw safetensorsError(
      'invalid-offsets',
      `${tensor}: data_offsets must be a pair of non-negative integers [begin, end]`,
    );
  }
  return [begin, end];
}

/** A non-negative integer as an exact bigint; `undefined` for other values. */
function toCount(value: StrictJson): bigint | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  return value >= 0 ? BigInt(value) : undefined;
}

function bytesOf(tensor: string, dtype: TensorDType, shape: readonly bigint[]): bigint {
  const overflow = () =>
    safetensorsError('size-overflow', `${tensor}: ${dtype} [${shape.join(', ')}] is too large`);
  // Overflow of 64 bits is checked from left to right, as in the reference implementation.
  let elements = 1n;
  for (const size of shape) {
    elements *= size;
    if (size > Number.MAX_SAFE_INTEGER || elements > MAX_UINT64) throw overflow();
  }
  const bits = elements * BigInt(bitsOf(dtype));
  if (bits / 8n > Number.MAX_SAFE_INTEGER) throw overflow();
  if (bits % 8n !== 0n) {
    throw safetensorsError(
      'misaligned',
      `${tensor}: ${elements} elements of ${dtype} do not fill whole bytes`,
    );
  }
  return bits / 8n;
}
