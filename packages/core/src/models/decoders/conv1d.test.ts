import { describe, expect, it } from 'vitest';
import { memorySource } from '../../platform/bytes.ts';
import { readTensor } from '../../weights/slice.ts';
import type { Checkpoint, TensorInfo } from '../../weights/types.ts';
import { withoutConv1d } from './conv1d.ts';

/** `[2, 6]`: three layers of two inputs and two outputs. Element i has the bytes i · width, i · width + 1, … */
function checkpoint(dtype: TensorInfo['dtype'], width: number): Checkpoint {
  const bytes = Uint8Array.from({ length: 12 * width + 1 }, (_, i) => i - 1).subarray(1);
  const infos = new Map<string, TensorInfo>([
    ['c_attn.weight', { dtype, shape: [2, 6] }],
    ['c_attn.bias', { dtype, shape: [6] }],
    ['other', { dtype, shape: [3] }],
  ]);
  const info = (name: string) => infos.get(name)!;
  return {
    names: [...infos.keys()],
    info,
    read: (name, slice) => readTensor(memorySource(bytes), 0, info(name), slice),
  };
}

const parts = ['q', 'k', 'v'];

describe.each([
  ['F32', 4],
  ['BF16', 2],
  ['I8', 1],
  ['F64', 8],
] as const)('a Conv1D in %s', (dtype, width) => {
  const turned = withoutConv1d(checkpoint(dtype, width), [{ name: 'c_attn', parts }]);
  const elements = async (name: string, slice?: Parameters<Checkpoint['read']>[1]) => {
    const { shape, bytes } = await turned.read(name, slice);
    const first = Array.from({ length: bytes.length / width }, (_, i) => bytes[i * width]! / width);
    // The bytes of each element are kept together and in order.
    for (const [i, byte] of bytes.entries())
      expect(byte).toBe(first[Math.floor(i / width)]! * width + (i % width));
    return { shape, elements: first };
  };

  it('is split into several linear layers', async () => {
    expect(turned.names).toEqual(['other', 'q.weight', 'k.weight', 'v.weight', 'q.bias', 'k.bias', 'v.bias']);
    expect(turned.info('k.weight')).toMatchObject({
      dtype,
      shape: [2, 2],
      origin: { isTransposed: true, firstRow: 2 },
    });
    expect(turned.info('k.bias')).toEqual({ dtype, shape: [2] });
    expect(await elements('k.weight')).toEqual({ shape: [2, 2], elements: [2, 8, 3, 9] });
    expect(await elements('v.bias')).toEqual({ shape: [2], elements: [4, 5] });
    expect(await elements('other')).toEqual({ shape: [3], elements: [0, 1, 2] });
  });

  it('is read by rows and by columns', async () => {
    expect(await elements('k.weight', { axis: 0, from: 1, to: 2 })).toEqual({
      shape: [1, 2],
      elements: [3, 9],
    });
    expect(await elements('q.weight', { axis: 1, from: 1, to: 2 })).toEqual({
      shape: [2, 1],
      elements: [6, 7],
    });
    expect(await elements('k.bias', { axis: 0, from: 1, to: 2 })).toEqual({ shape: [1], elements: [3] });
  });

  it('is transposed', async () => {
    const alone = withoutConv1d(checkpoint(dtype, width), [{ name: 'c_attn' }]);
    const { shape, bytes } = await alone.read('c_attn.weight');
    expect(shape).toEqual([6, 2]);
    expect(Array.from({ length: 12 }, (_, i) => bytes[i * width]! / width)).toEqual([
      0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11,
    ]);
  });
});
