import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/helpers/safetensors.ts';
import { ShapeError } from '../errors.ts';
import { memorySource } from '../platform/bytes.ts';
import { toInt32 } from './convert.ts';
import { readTensor } from './slice.ts';

/** A tensor of 0, 1, 2 … at byte 3 of a file. */
function arangeTensor(shape: number[]) {
  const count = shape.reduce((product, size) => product * size, 1);
  const file = new Uint8Array(3 + 4 * count + 5).fill(0xee);
  file.set(bytesOf(Int32Array.from({ length: count }, (_, i) => i)), 3);
  return { source: memorySource(file), start: 3, info: { dtype: 'I32' as const, shape } };
}

async function slice(shape: number[], axis: 0 | 1, from: number, to: number) {
  const { source, start, info } = arangeTensor(shape);
  const data = await readTensor(source, start, info, { axis, from, to });
  return { shape: data.shape, values: [...toInt32(data)] };
}

describe('readTensor', () => {
  it('reads a whole tensor', async () => {
    const { source, start, info } = arangeTensor([2, 3]);
    expect([...toInt32(await readTensor(source, start, info))]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('reads rows', async () => {
    expect(await slice([4, 3], 0, 1, 3)).toEqual({ shape: [2, 3], values: [3, 4, 5, 6, 7, 8] });
    expect(await slice([5], 0, 2, 4)).toEqual({ shape: [2], values: [2, 3] });
  });

  it('reads columns', async () => {
    expect(await slice([3, 4], 1, 1, 3)).toEqual({ shape: [3, 2], values: [1, 2, 5, 6, 9, 10] });
    expect(await slice([2, 3, 2], 1, 2, 3)).toEqual({ shape: [2, 1, 2], values: [4, 5, 10, 11] });
  });

  it('reads the full range, the first and the last index', async () => {
    expect((await slice([2, 3], 1, 0, 3)).values).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await slice([2, 3], 1, 0, 1)).values).toEqual([0, 3]);
    expect((await slice([2, 3], 1, 2, 3)).values).toEqual([2, 5]);
    expect((await slice([2, 3], 0, 1, 2)).values).toEqual([3, 4, 5]);
  });

  it('reads empty slices and tensors', async () => {
    expect(await slice([2, 3], 1, 2, 2)).toEqual({ shape: [2, 0], values: [] });
    expect(await slice([2, 3], 0, 2, 2)).toEqual({ shape: [0, 3], values: [] });
    expect(await slice([0, 3], 1, 1, 2)).toEqual({ shape: [0, 1], values: [] });
    expect(await slice([3, 0], 1, 0, 0)).toEqual({ shape: [3, 0], values: [] });
  });

  it('reads columns of a tensor larger than one read', async () => {
    const [rows, columns] = [3000, 1000];
    const { values } = await slice([rows, columns], 1, 998, 1000);
    expect(values).toEqual(Array.from({ length: 2 * rows }, (_, i) => (i >> 1) * columns + 998 + (i & 1)));
  });

  it.each([
    [0, 0, 5, 'expected a range within 0 to 4'],
    [0, 3, 2, 'expected a range within 0 to 4'],
    [1, -1, 2, 'expected a range within 0 to 3'],
    [1, 0.5, 2, 'axis, from and to must be whole numbers'],
    [2 as 1, 0, 1, 'a tensor of shape [4, 3] has no such axis'],
  ] as const)('throws ShapeError for axis %s, %s to %s', async (axis, from, to, message) => {
    await expect(slice([4, 3], axis, from, to)).rejects.toThrow(ShapeError);
    await expect(slice([4, 3], axis, from, to)).rejects.toThrow(message);
  });

  it('throws ShapeError for a slice of a scalar and of elements smaller than a byte', async () => {
    await expect(slice([], 0, 0, 0)).rejects.toThrow('has no such axis');
    const info = { dtype: 'F4' as const, shape: [4] };
    const reading = readTensor(memorySource(new Uint8Array(2)), 0, info, { axis: 0, from: 0, to: 2 });
    await expect(reading).rejects.toThrow('smaller than a byte');
  });
});
