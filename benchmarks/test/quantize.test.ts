import { Random } from '@headwise/operation-cases';
import { describe, expect, it } from 'vitest';
import { quantizeInt4, quantizeInt8 } from '../src/engines/onnx/quantize.ts';

const [k, n] = [64, 5];
const weights = new Random(7).values(k * n);

describe('quantizeInt8', () => {
  it('has an error of at most half a step of each column', () => {
    const { values, scales } = quantizeInt8(weights, k, n);
    for (let i = 0; i < k * n; i++) {
      const scale = scales[i % n]!;
      expect(Math.abs(values[i]! * scale - weights[i]!)).toBeLessThanOrEqual(scale * 0.5001);
    }
  });

  it('has scale 1 for a column of zeros', () => {
    const { values, scales } = quantizeInt8(new Float32Array(4), 2, 2);
    expect([...values, ...scales]).toEqual([0, 0, 0, 0, 1, 1]);
  });
});

describe('quantizeInt4', () => {
  it('packs low halves first, with an error of at most a step of each block', () => {
    const { packed, scales } = quantizeInt4(weights, k, n);
    expect(packed).toHaveLength((k * n) / 2);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < k; i++) {
        const at = j * k + i;
        const q = (packed[at >> 1]! >> (i % 2 === 0 ? 0 : 4)) & 15;
        const scale = scales[Math.floor(at / 32)]!;
        expect(Math.abs((q - 8) * scale - weights[i * n + j]!)).toBeLessThanOrEqual(Math.abs(scale) * 1.0001);
      }
    }
  });

  it('throws RangeError when k is not a multiple of the block', () => {
    expect(() => quantizeInt4(new Float32Array(33), 33, 1)).toThrow('multiple of 32');
  });
});
