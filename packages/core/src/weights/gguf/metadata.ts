import { LIMITS } from '../../limits.ts';
import { GgufCursor } from './cursor.ts';
import { ggufError } from './rules.ts';

/** Value types of metadata; the index is the type's number in the file. */
const TYPES = [
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'f32',
  'bool',
  'string',
  'array',
  'u64',
  'i64',
  'f64',
] as const;

export type GgufValueType = (typeof TYPES)[number];

/** A metadata value. A scalar 64-bit integer is a number if exact, else a bigint. */
export type GgufValue = number | bigint | boolean | string | GgufArray;
export type GgufArray = readonly string[] | readonly boolean[] | GgufNumbers;
/** A numeric array, with the element type of the file. */
export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | BigUint64Array
  | BigInt64Array
  | Float64Array;

/** A value with its type; for an array, the element type. */
export interface GgufEntry {
  readonly type: GgufValueType;
  readonly isArray: boolean;
  readonly value: GgufValue;
}

const MAX_KEY_BYTES = 65_535;
/** Minimum size of an entry: key length, value type and a value of one byte. */
export const MIN_ENTRY_BYTES = GgufCursor.minStringBytes + 4 + 1;

/** Size of a value in bytes; for strings the minimum. */
const MIN_VALUE_BYTES: Readonly<Record<Exclude<GgufValueType, 'array'>, number>> = {
  u8: 1,
  i8: 1,
  bool: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  u64: 8,
  i64: 8,
  f64: 8,
  string: GgufCursor.minStringBytes,
};

const TYPED_ARRAYS = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
  f64: Float64Array,
};

/** Reads `count` keys and values. Returns a map, so that keys such as `__proto__` are safe. */
export function readMetadata(cursor: GgufCursor, count: number): Map<string, GgufEntry> {
  const metadata = new Map<string, GgufEntry>();
  for (let i = 0; i < count; i++) {
    const key = cursor.string(`key ${i} of the metadata`, MAX_KEY_BYTES, (length) =>
      ggufError(
        'key-too-long',
        `key ${i} of the metadata has ${length} bytes, at most ${MAX_KEY_BYTES} are allowed`,
      ),
    );
    const what = `metadata ${JSON.stringify(key)}`;
    if (metadata.has(key)) throw ggufError('duplicate-key', `${what} occurs twice`);
    metadata.set(key, readEntry(cursor, what));
  }
  return metadata;
}

function readEntry(cursor: GgufCursor, what: string): GgufEntry {
  const type = readType(cursor, what);
  if (type !== 'array') return { type, isArray: false, value: readScalar(cursor, type, what) };
  const elementType = readType(cursor, `the elements of ${what}`);
  if (elementType === 'array') throw ggufError('nested-array', `${what} is an array of arrays`);
  return { type: elementType, isArray: true, value: readArray(cursor, elementType, what) };
}

function readArray(
  cursor: GgufCursor,
  elementType: Exclude<GgufValueType, 'array'>,
  what: string,
): GgufArray {
  const count = cursor.count(`elements of ${what}`, MIN_VALUE_BYTES[elementType]);
  if ((elementType === 'string' || elementType === 'bool') && count > LIMITS.list) {
    throw ggufError(
      'array-too-long',
      `${what} has ${count} elements of type ${elementType}, at most ${LIMITS.list} are allowed`,
    );
  }
  if (elementType === 'string') return Array.from({ length: count }, () => cursor.string(what));
  if (elementType === 'bool') return Array.from({ length: count }, () => readBool(cursor, what));
  const { view, at } = cursor.advance(count * MIN_VALUE_BYTES[elementType], what);
  // A copy is aligned and does not keep the header in memory.
  const from = view.byteOffset + at;
  return new TYPED_ARRAYS[elementType](
    view.buffer.slice(from, from + count * MIN_VALUE_BYTES[elementType]) as ArrayBuffer,
  );
}

function readType(cursor: GgufCursor, what: string): GgufValueType {
  const number = cursor.u32(`the type of ${what}`);
  const type = TYPES[number];
  if (type === undefined) throw ggufError('unknown-value-type', `${what} has the unknown type ${number}`);
  return type;
}

function readScalar(
  cursor: GgufCursor,
  type: Exclude<GgufValueType, 'array'>,
  what: string,
): Exclude<GgufValue, GgufArray> {
  if (type === 'string') return cursor.string(what);
  if (type === 'bool') return readBool(cursor, what);
  const { view, at } = cursor.advance(MIN_VALUE_BYTES[type], what);
  switch (type) {
    case 'u8':
      return view.getUint8(at);
    case 'i8':
      return view.getInt8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'i16':
      return view.getInt16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'f32':
      return view.getFloat32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    case 'u64':
      return toExactNumber(view.getBigUint64(at, true));
    case 'i64':
      return toExactNumber(view.getBigInt64(at, true));
  }
}

function readBool(cursor: GgufCursor, what: string): boolean {
  const { view, at } = cursor.advance(1, what);
  const value = view.getUint8(at);
  if (value > 1) throw ggufError('invalid-bool', `${what} is ${value}, expected 0 or 1`);
  return value === 1;
}

function toExactNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
