import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/helpers/safetensors.ts';
import { LoadError, ShapeError } from '../errors.ts';
import { toFloat32, toInt32 } from './convert.ts';
import type { TensorDType } from './dtypes.ts';

const tensor = (dtype: TensorDType, values: ArrayBufferView, shape?: number[]) => {
  const bytes = bytesOf(values);
  const width = { F16: 2, BF16: 2 }[dtype as string] ?? (values as Float32Array).BYTES_PER_ELEMENT;
  return { dtype, shape: shape ?? [bytes.length / width], bytes };
};

/** The same bytes at an odd address. */
const unaligned = (bytes: Uint8Array, offset = 1) => {
  const buffer = new Uint8Array(bytes.length + offset);
  buffer.set(bytes, offset);
  return buffer.subarray(offset);
};

describe('toFloat32', () => {
  it('converts F16 including subnormals, infinities, NaN and signed zeros', () => {
    const halves = new Uint16Array([
      0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x7c00, 0xfc00, 0x7e00, 0x3555,
    ]);
    expect([...toFloat32(tensor('F16', halves))]).toEqual([
      0,
      -0,
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      Infinity,
      -Infinity,
      NaN,
      0.333251953125,
    ]);
  });

  it('converts all 65,536 F16 values', () => {
    const all = new Uint16Array(65_536).map((_, i) => i);
    const values = toFloat32(tensor('F16', all));
    // Positive halves are in the order of their bits, and each has its mirror.
    const wrong = all.subarray(0, 0x7c00).filter((bits) => {
      const rises = bits === 0 || values[bits]! > values[bits - 1]!;
      return !rises || !Object.is(values[bits | 0x8000], -values[bits]!);
    });
    expect([...wrong]).toEqual([]);
    expect(values.filter(Number.isNaN)).toHaveLength(2 * 1023);
  });

  it('converts BF16 including subnormals, infinities and NaN', () => {
    const halves = new Uint16Array([0x3f80, 0xbf80, 0x0001, 0x7f80, 0xff80, 0x7fc0, 0x8000, 0x4049]);
    expect([...toFloat32(tensor('BF16', halves))]).toEqual([
      1,
      -1,
      2 ** -133,
      Infinity,
      -Infinity,
      NaN,
      -0,
      3.140625,
    ]);
  });

  it('rounds F64 to the nearest 32-bit float', () => {
    expect([...toFloat32(tensor('F64', new Float64Array([0.1, 1e300, -2])))]).toEqual([
      Math.fround(0.1),
      Infinity,
      -2,
    ]);
  });

  it('returns a view of an aligned F32 tensor and a copy of an unaligned one', () => {
    const values = new Float32Array([1, -0, NaN]);
    const aligned = tensor('F32', values);
    expect(toFloat32(aligned).buffer).toBe(values.buffer);
    expect(toFloat32({ ...aligned, bytes: unaligned(aligned.bytes) })).toEqual(values);
  });

  it.each(['F16', 'BF16', 'F64'] as const)('converts %s at an odd address', (dtype) => {
    const values =
      dtype === 'F64' ? new Float64Array([1]) : new Uint16Array([dtype === 'F16' ? 0x3c00 : 0x3f80]);
    const { bytes, shape } = tensor(dtype, values);
    expect([...toFloat32({ dtype, shape, bytes: unaligned(bytes) })]).toEqual([1]);
  });

  it('converts empty tensors and scalars', () => {
    expect(toFloat32({ dtype: 'F16', shape: [3, 0], bytes: new Uint8Array(0) })).toHaveLength(0);
    expect([...toFloat32(tensor('F32', new Float32Array([7]), []))]).toEqual([7]);
  });

  it('throws for other dtypes and when the bytes do not match the shape', () => {
    expect(() => toFloat32(tensor('I32', new Int32Array(1)))).toThrow(
      new LoadError(
        'unsupported-dtype',
        'tensor: I32 cannot be converted to 32-bit floats, expected F32, F16, BF16 or F64',
      ),
    );
    expect(() => toFloat32(tensor('F32', new Float32Array(3), [2, 2]))).toThrow(
      new ShapeError('tensor: shape [2, 2] of F32 needs 16 bytes, got 12'),
    );
  });
});

describe('toInt32', () => {
  it.each([
    ['BOOL', new Uint8Array([0, 1]), [0, 1]],
    ['U8', new Uint8Array([0, 255]), [0, 255]],
    ['I8', new Int8Array([-128, 127]), [-128, 127]],
    ['I16', new Int16Array([-32768, 32767]), [-32768, 32767]],
    ['U16', new Uint16Array([0, 65535]), [0, 65535]],
    ['I32', new Int32Array([-(2 ** 31), 2 ** 31 - 1]), [-(2 ** 31), 2 ** 31 - 1]],
    ['U32', new Uint32Array([0, 2 ** 31 - 1]), [0, 2 ** 31 - 1]],
    ['I64', new BigInt64Array([-(2n ** 31n), 2n ** 31n - 1n, -1n]), [-(2 ** 31), 2 ** 31 - 1, -1]],
    ['U64', new BigUint64Array([0n, 2n ** 31n - 1n]), [0, 2 ** 31 - 1]],
  ] as const)('converts %s', (dtype, values, expected) => {
    const given = tensor(dtype, values);
    expect([...toInt32(given)]).toEqual([...expected]);
    for (const offset of [1, 2, 3, 5, 6, 9, 10]) {
      expect([...toInt32({ ...given, bytes: unaligned(given.bytes, offset) })]).toEqual([...expected]);
    }
  });

  it.each([
    ['U32', new Uint32Array([0, 2 ** 31])],
    ['I64', new BigInt64Array([0n, 2n ** 31n])],
    ['I64', new BigInt64Array([0n, -(2n ** 31n) - 1n])],
    ['I64', new BigInt64Array([0n, 2n ** 32n])],
    ['U64', new BigUint64Array([0n, 2n ** 31n])],
    ['U64', new BigUint64Array([0n, 2n ** 64n - 1n])],
  ] as const)('throws LoadError for a %s value outside 32 bits', (dtype, values) => {
    expect(() => toInt32(tensor(dtype, values))).toThrow(
      `the ${dtype} value at index 1 does not fit into 32 bits`,
    );
  });

  it('throws LoadError for floats', () => {
    expect(() => toInt32(tensor('F32', new Float32Array(1)))).toThrow(LoadError);
  });
});
