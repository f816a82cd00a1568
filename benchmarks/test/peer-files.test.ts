import { float16Bits } from '@headwise/core/internal';
import { ByteBuffer } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { operationWork } from '../src/cases/work.ts';
import { encodeBlocks } from '../src/engines/gguf/blocks.ts';
import { encodeGguf } from '../src/engines/gguf/writer.ts';
import { litertWork, quantized } from '../src/engines/litert/work.ts';

// The files that LiteRT.js and wllama are measured on.

describe('encodeBlocks', () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 3.7) * (i < 32 ? 1 : 0.01));

  it.each([
    ['Q8_0', 34, 127, (bytes: DataView, i: number) => bytes.getInt8(2 + i)],
    [
      'Q4_0',
      18,
      8,
      (bytes: DataView, i: number) => ((bytes.getUint8(2 + (i % 16)) >> (i < 16 ? 0 : 4)) & 15) - 8,
    ],
  ] as const)('%s keeps values within half a step, and the largest', (type, size, steps, integerOf) => {
    const bytes = encodeBlocks(values, type);
    expect(bytes).toHaveLength(2 * size);
    for (let block = 0; block < 2; block++) {
      const part = values.subarray(32 * block, 32 * block + 32);
      const view = new DataView(bytes.buffer, block * size, size);
      const largest = Math.max(...part.map(Math.abs));
      const sign = type === 'Q4_0' && part.some((value) => value === largest) ? -1 : 1;
      expect(view.getUint16(0, true)).toBe(float16Bits((sign * largest) / steps));
      for (const [i, value] of part.entries()) {
        const decoded = (integerOf(view, i) * sign * largest) / steps;
        // The last step of Q4_0's larger side is cut off.
        expect(Math.abs(decoded - value)).toBeLessThanOrEqual(
          (largest / steps) * (type === 'Q4_0' ? 1 : 0.501),
        );
      }
    }
  });

  it('rounds scales to half precision, to nearest even', () => {
    expect([1, -2, 65_504, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -24, 2 ** -25, 0].map(float16Bits)).toEqual([
      0x3c00, 0xc000, 0x7bff, 0x3c00, 0x3c02, 1, 0, 0,
    ]);
  });
});

it('encodeGguf aligns tensors to 32 bytes', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const file = encodeGguf({ key: { text: 'value' } }, [
    { name: 'a', shape: [3], type: 0, bytes },
    { name: 'b', shape: [1, 3], type: 0, bytes },
  ]);
  expect(new TextDecoder().decode(file.subarray(0, 4))).toBe('GGUF');
  expect(file.length % 32).toBe(0);
  expect([...file.subarray(-64, -61)]).toEqual([1, 2, 3]);
  expect([...file.subarray(-32, -29)]).toEqual([1, 2, 3]);
});

describe('litertWork', () => {
  it('has one row of packed integers and one scale for each output', () => {
    const { data, scales } = quantized(Float32Array.of(7, -7, 3.6, 0, 0.5, -1), [2, 3], 'q4');
    expect([...scales]).toEqual([1, Math.fround(1 / 7)]);
    // 7, −7, 4, 0, 3, −7 in halves of bytes, the first in the low half.
    expect([...data!]).toEqual([0x97, 0x04, 0x93]);
  });

  it.each(['f32', 'q8', 'q4'] as const)(
    'writes a file with the weights at a multiple of 16 bytes (%s)',
    (dtype) => {
      const work = operationWork('linear', { rows: 3, inFeatures: 32, outFeatures: 5, dtype });
      const { model, inputs } = litertWork(work)!;
      const file = new ByteBuffer(model);
      expect(file.__has_identifier('TFL3')).toBe(true);
      expect(inputs.map(({ shape }) => shape)).toEqual([[3, 32]]);
      const weights =
        dtype === 'f32'
          ? new Uint8Array(work.values.weight.buffer)
          : quantized(work.values.weight, [5, 32], dtype).data!;
      const at = Buffer.from(model).indexOf(weights);
      expect(at % 16).toBe(0);
      expect(at).toBeGreaterThan(0);
    },
  );
});
