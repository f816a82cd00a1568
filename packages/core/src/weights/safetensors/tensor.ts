import { bitsOf, isTensorDType, type TensorDType } from '../dtypes.ts';
import type { TensorInfo } from '../types.ts';
import type { JsonObject, StrictJson } from './json.ts';
import { safetensorsError } from './rules.ts';

/** A tensor's entry in the header of a safetensors file. */
export interface SafetensorsTensor extends TensorInfo {
  /** First byte, counted from where the data begin. */
  readonly begin: number;
  /** The byte after the last one. */
  readonly end: number;
}

const FIELDS = ['dtype', 'shape', 'data_offsets'];
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * Reads one tensor's entry and checks all that can be known without the other tensors: its fields, and that its bytes
 * are as many as shape and dtype need.
 */
export function parseTensor(name: string, entry: StrictJson): SafetensorsTensor {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (!(entry instanceof Map)) throw safetensorsError('invalid-tensor', `${tensor} has to be an object`);
  checkFields(tensor, entry);
  const dtype = parseDType(tensor, entry.get('dtype'));
  const shape = parseShape(tensor, entry.get('shape'));
  const [begin, end] = parseOffsets(tensor, entry.get('data_offsets'));
  if (begin > end) {
    throw safetensorsError(
      'offsets-unordered',
      `${tensor} begins at ${begin} and ends before that, at ${end}`,
    );
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
      throw safetensorsError(
        'unknown-field',
        `${tensor} has a field ${JSON.stringify(field)} that the format lacks`,
      );
    }
  }
}

function parseDType(tensor: string, dtype: StrictJson | undefined): TensorDType {
  if (typeof dtype !== 'string')
    throw safetensorsError('invalid-dtype', `${tensor}: dtype has to be a string`);
  if (!isTensorDType(dtype)) {
    throw safetensorsError('unknown-dtype', `${tensor} has the unknown dtype ${JSON.stringify(dtype)}`);
  }
  return dtype;
}

function parseShape(tensor: string, shape: StrictJson | undefined): bigint[] {
  const sizes = Array.isArray(shape) ? shape.map(toCount) : [undefined];
  if (!sizes.every((size) => size !== undefined)) {
    throw safetensorsError('invalid-shape', `${tensor}: shape has to be a list of non-negative integers`);
  }
  return sizes;
}

function parseOffsets(tensor: string, offsets: StrictJson | undefined): [bigint, bigint] {
  const [begin, end, ...more] = Array.isArray(offsets) ? offsets.map(toCount) : [];
  if (begin === undefined || end === undefined || more.length > 0) {
    throw safetensorsError(
      'invalid-offsets',
      `${tensor}: data_offsets has to be a pair of non-negative integers, begin and end`,
    );
  }
  return [begin, end];
}

/** Exact, whatever its size; `undefined` for anything but a non-negative integer. */
function toCount(value: StrictJson): bigint | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  return value >= 0 ? BigInt(value) : undefined;
}

function bytesOf(tensor: string, dtype: TensorDType, shape: readonly bigint[]): bigint {
  const tooMany = () =>
    safetensorsError(
      'size-overflow',
      `${tensor}: ${dtype} [${shape.join(', ')}] is more than can be counted`,
    );
  // In 64 bits and from left to right, as the reference implementation counts.
  let elements = 1n;
  for (const size of shape) {
    elements *= size;
    if (size > Number.MAX_SAFE_INTEGER || elements > MAX_UINT64) throw tooMany();
  }
  const bits = elements * BigInt(bitsOf(dtype));
  if (bits / 8n > Number.MAX_SAFE_INTEGER) throw tooMany();
  if (bits % 8n !== 0n) {
    throw safetensorsError(
      'misaligned',
      `${tensor}: ${elements} elements of ${dtype} do not fill whole bytes`,
    );
  }
  return bits / 8n;
}
