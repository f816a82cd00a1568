import { describe, expect, it } from 'vitest';
import { WasmBackend } from '../../src/backend/wasm/wasm.ts';
import { createBackend, type WeightType } from '../../src/index.ts';
import { WeightLoader } from '../../src/nn/load/weight-loader.ts';
import { WHOLE } from '../../src/nn/run/shard.ts';
import type { Checkpoint, TensorSlice } from '../../src/weights/types.ts';

const SIZE = 2048;
const VOCABULARY = 8000;
const MEGABYTE = 1 << 20;

/** A checkpoint that makes its values when they are read, and notes how many bytes were read at a time. */
function madeCheckpoint(): { checkpoint: Checkpoint; largest: () => number } {
  const shapes = new Map<string, readonly number[]>([
    ['table', [VOCABULARY, SIZE]],
    ...['a', 'b', 'c'].map((name) => [`${name}.weight`, [SIZE, SIZE]] as const),
    ...['a', 'b', 'c'].map((name) => [`${name}.bias`, [SIZE]] as const),
  ]);
  let largest = 0;
  const read = async (name: string, slice?: TensorSlice) => {
    const [rows, ...rest] = shapes.get(name)! as readonly [number, ...number[]];
    const count = slice ? slice.to - slice.from : rows;
    const shape = [count, ...rest];
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < values.length; i += 64) values[i] = (i % 97) - 48;
    largest = Math.max(largest, values.byteLength);
    return { dtype: 'F32' as const, shape, bytes: new Uint8Array(values.buffer) };
  };
  return {
    checkpoint: {
      names: [...shapes.keys()],
      info: (name) => ({ dtype: 'F32', shape: shapes.get(name)! }),
      read,
    },
    largest: () => largest,
  };
}

describe.each<WeightType>(['f32', 'f16', 'q8', 'q4'])('loading weights in %s', (dtype) => {
  it('reads at most 4 MB of floats at a time, and needs at most 1.15 of the memory that the weights take', async () => {
    const backend = await createBackend('wasm-relaxed-simd');
    if (!(backend instanceof WasmBackend)) throw new Error('not a backend of WebAssembly');
    const { checkpoint, largest } = madeCheckpoint();
    const loader = new WeightLoader(checkpoint, backend, { shard: WHOLE, dtype });
    await loader.table('table', VOCABULARY, SIZE, { from: 0, to: VOCABULARY });
    const parts = ['a', 'b'].map((layer) => ({ layer, outFeatures: SIZE }));
    await loader.linear({ parts, inFeatures: SIZE });
    await loader.linearOf('c.weight', 'c.bias', SIZE, SIZE);
    expect(largest()).toBeLessThanOrEqual(4 * MEGABYTE);
    // The memory of WebAssembly never shrinks: what it has is the most that was used.
    expect(backend.memoryBytes).toBeLessThanOrEqual(1.15 * backend.weightBytes);
    loader.release();
    expect(backend.weightBytes).toBe(0);
  });
});
