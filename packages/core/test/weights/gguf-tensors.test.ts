import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/platform/bytes.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { blockDecoders } from '../../src/weights/gguf/decode/index.ts';
import { GgufCheckpoint, type GgufTypeName } from '../../src/weights/gguf/index.ts';
import type { TensorSlice } from '../../src/weights/types.ts';
import { difference, fixtureCases } from '../helpers/fixture.ts';
import { ggufFile, ggufOf } from '../helpers/gguf.ts';
import { randomNumbers } from '../helpers/safetensors.ts';

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));
const open = (file: Uint8Array) => GgufCheckpoint.open(memorySource(file), 'm.gguf');

describe('blockDecoders', () => {
  const cases = fixtureCases<{ type: GgufTypeName; blocks: string; values: string }>('gguf-blocks');

  it('has a ggml reference for every type', () => {
    expect(cases.map(({ type }) => type).sort()).toEqual(Object.keys(blockDecoders).sort());
  });

  it.each(cases)('decodes $type to the same bits as ggml', ({ type, blocks, values }) => {
    const expected = new Float32Array(bytesOf(values).buffer);
    const bytes = bytesOf(blocks);
    const size = ['K', 'S'].some((end) => type.endsWith(end)) ? 256 : 32;
    const count = expected.length / size;
    const out = new Float32Array(expected.length + 2).fill(7);
    // At unaligned offsets, and without writes out of range.
    const shifted = new Uint8Array([1, ...bytes]);
    blockDecoders[type]!(shifted, 1, count, out, 1);
    expect(out.subarray(1, -1).every((value, i) => value === expected[i])).toBe(true);
    expect([out[0], out.at(-1)]).toEqual([7, 7]);
    expect(new Set(expected).size).toBeGreaterThan(30);
  });
});

describe('GgufCheckpoint of a file written by ggml', () => {
  const file = readFileSync(new URL('../fixtures/gguf-writer.gguf', import.meta.url));
  const matrix = Float32Array.from({ length: 192 }, (_, i) => i - 90);

  it('reads metadata of every type', async () => {
    const { metadata } = (await open(file)).header;
    const values = Object.fromEntries([...metadata].map(([key, { value }]) => [key, value]));
    expect(values).toMatchObject({
      'general.architecture': 'llama',
      'test.u8': 255,
      'test.i8': -128,
      'test.u16': 65_535,
      'test.i16': -32_768,
      'test.u32': 2 ** 32 - 1,
      'test.i32': -(2 ** 31),
      'test.u64': 2n ** 64n - 1n,
      'test.i64': -(2 ** 53) + 1,
      'test.f32': Math.fround(0.1),
      'test.f64': 0.1,
      'test.bool': true,
      'test.string': '커피 ☕',
      'test.numbers': Int32Array.of(1, -2, 3),
      'test.floats': Float32Array.of(0.5, -0.25),
      'test.strings': ['', 'a', '한'],
      'test.bools': [true, false],
    });
  });

  it('reads tensors of several types', async () => {
    const checkpoint = await open(file);
    expect(checkpoint.names).toEqual(['f32', 'vector', 'f16', 'cube', 'bf16', 'q8_0', 'q4_0']);
    expect(checkpoint.info('f32')).toMatchObject({ dtype: 'F32', shape: [3, 64] });
    expect(checkpoint.info('f16')).toMatchObject({ dtype: 'F16', shape: [3, 64] });
    expect(checkpoint.info('bf16')).toMatchObject({ dtype: 'BF16', shape: [3, 64] });
    expect(checkpoint.info('q4_0')).toMatchObject({ dtype: 'F32', shape: [3, 64], storedBits: 4.5 });
    expect(checkpoint.info('cube').shape).toEqual([2, 3, 32]);
    const maxError = async (name: string) => {
      const values = toFloat32(await checkpoint.read(name));
      return Math.max(...values.map((value, i) => Math.abs(value - matrix[i]!)));
    };
    for (const name of ['f32', 'f16', 'bf16', 'cube']) expect(await maxError(name)).toBe(0);
    expect(await maxError('q8_0')).toBeLessThan(101 / 127 / 2);
    expect(await maxError('q4_0')).toBeLessThan(101 / 8);
    expect(toFloat32(await checkpoint.read('vector'))).toEqual(matrix.subarray(0, 64));
    await expect(checkpoint.read('x')).rejects.toThrow(
      'm.gguf has no tensor "x"; it has "f32", "vector", "f16" and 4 more',
    );
  });
});

describe('GgufCheckpoint.read with slices of quantized tensors', () => {
  const random = randomNumbers(5);
  /** A Q8_0 tensor with scale 1, so that every byte is the value. */
  const q8 = (shape: readonly number[]) => {
    const blocks = shape.reduce((product, size) => product * size, 1) / 32;
    const bytes = new Uint8Array(34 * blocks).map(() => random());
    for (let block = 0; block < blocks; block++) bytes.set([0, 0x3c], 34 * block);
    return { type: 8, shape, bytes };
  };
  const tensors = { line: q8([96]), matrix: q8([5, 96]), cube: q8([2, 3, 64]), large: q8([2000, 1024]) };
  const file = ggufFile({}, tensors);

  it.each<[keyof typeof tensors, TensorSlice]>([
    ['line', { axis: 0, from: 32, to: 64 }],
    ['line', { axis: 0, from: 5, to: 70 }],
    ['line', { axis: 0, from: 96, to: 96 }],
    ['matrix', { axis: 0, from: 0, to: 5 }],
    ['matrix', { axis: 0, from: 2, to: 4 }],
    ['matrix', { axis: 0, from: 3, to: 3 }],
    ['matrix', { axis: 1, from: 0, to: 96 }],
    ['matrix', { axis: 1, from: 32, to: 96 }],
    ['matrix', { axis: 1, from: 31, to: 33 }],
    ['matrix', { axis: 1, from: 95, to: 96 }],
    ['matrix', { axis: 1, from: 7, to: 7 }],
    ['cube', { axis: 0, from: 1, to: 2 }],
    ['cube', { axis: 1, from: 1, to: 3 }],
    ['cube', { axis: 1, from: 2, to: 2 }],
    ['large', { axis: 0, from: 999, to: 1999 }],
    ['large', { axis: 1, from: 1000, to: 1010 }],
  ])('reads %s %j', async (name, slice) => {
    const checkpoint = await open(file);
    const { shape } = tensors[name];
    const whole = toFloat32(await checkpoint.read(name));
    const { shape: got, ...data } = await checkpoint.read(name, slice);
    const { axis, from, to } = slice;
    expect(got).toEqual(shape.map((size, i) => (i === axis ? to - from : size)));
    const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
    const expected = whole.filter((_, i) => {
      const index = Math.floor(i / inner) % shape[axis]!;
      return index >= from && index < to;
    });
    expect(difference(toFloat32({ shape: got, ...data }), expected)).toBe(0);
  });

  it('throws ShapeError when the slice is out of range', async () => {
    const checkpoint = await open(file);
    await expect(checkpoint.read('matrix', { axis: 1, from: 0, to: 97 })).rejects.toThrow(
      'a range within 0 to 96',
    );
    await expect(checkpoint.read('line', { axis: 1, from: 0, to: 1 })).rejects.toThrow('has no such axis');
  });

  it('reads at most 1 MiB at once and only the required bytes', async () => {
    let [most, all] = [0, 0];
    const source = {
      size: file.length,
      async read(from: number, to: number) {
        most = Math.max(most, to - from);
        all += to - from;
        return file.subarray(from, to);
      },
    };
    const checkpoint = await GgufCheckpoint.open(source);
    [most, all] = [0, 0];
    await checkpoint.read('large');
    expect(most).toBeLessThanOrEqual(1024 * 1024);
    expect(all).toBe(2000 * 32 * 34);
    [most, all] = [0, 0];
    await checkpoint.read('large', { axis: 0, from: 10, to: 12 });
    expect(all).toBe(2 * 32 * 34);
  });
});

describe('GgufCheckpoint with an unsupported tensor type', () => {
  it('rejects when that tensor is read and reads the others', async () => {
    const tensors = [
      { name: 'a', sizes: [256], type: 21, offset: 0 },
      { name: 'b', sizes: [2], type: 0, offset: 128 },
    ];
    const checkpoint = await open(ggufOf([], tensors, 160));
    await expect(checkpoint.read('a')).rejects.toMatchObject({
      reason: 'unsupported-dtype',
      message: expect.stringMatching(
        /^m\.gguf: tensor "a" has type IQ3_S, which is not supported; supported: Q4_0, /,
      ),
    });
    expect([...toFloat32(await checkpoint.read('b'))]).toEqual([0, 0]);
  });
});
