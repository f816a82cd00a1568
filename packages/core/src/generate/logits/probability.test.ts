import { describe, expect, test } from 'vitest';
import { HeadwiseError } from '../../errors.ts';
import { expNegative } from './exp-negative.ts';
import { logSoftmax, logSumExp, topKIndices } from './probability.ts';

describe('expNegative', () => {
  test('has a relative error below 5e-15', () => {
    let worst = 0;
    for (let x = 0; x > -708; x -= 0.0371) {
      worst = Math.max(worst, Math.abs(expNegative(x) / Math.exp(x) - 1));
    }
    expect(worst).toBeLessThan(5e-15);
    for (const x of [-1e-300, -1e-9, -Math.LN2 / 128, -Math.LN2 / 64, -0.5, -1]) {
      expect(Math.abs(expNegative(x) / Math.exp(x) - 1)).toBeLessThan(5e-15);
    }
  });

  test('returns 1 for 0, 0 below −708, and NaN for NaN', () => {
    expect(expNegative(0)).toBe(1);
    expect(expNegative(-708.1)).toBe(0);
    expect(expNegative(-Infinity)).toBe(0);
    expect(expNegative(Number.NaN)).toBeNaN();
  });

  test('returns the same bits on every platform', () => {
    const bits = new BigUint64Array(Float64Array.of(expNegative(-1), expNegative(-20.3)).buffer);
    expect([...bits].map((word) => word.toString(16))).toMatchInlineSnapshot(`
      [
        "3fd78b56362cef38",
        "3e1a3b8dc86d1c8e",
      ]
    `);
  });
});

describe('logSoftmax', () => {
  test('is accurate in float64 for logits of any magnitude', () => {
    for (const offset of [0, 1e4, -1e4]) {
      const logits = Float64Array.of(1 + offset, 2 + offset, 3 + offset);
      const expected = [1, 2, 3].map((x) => x - Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)));
      for (const [i, value] of logSoftmax(logits).entries()) expect(value).toBeCloseTo(expected[i]!, 11);
    }
    const total = logSoftmax(Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i) * 20)).reduce(
      (sum, value) => sum + Math.exp(value),
      0,
    );
    expect(total).toBeCloseTo(1, 12);
  });

  test('is −∞ for forbidden tokens', () => {
    expect([...logSoftmax(Float32Array.of(-Infinity, 3))]).toEqual([-Infinity, 0]);
  });

  test.each([[[Number.NaN, 1]], [[Infinity, 1]], [[-Infinity, -Infinity]]])('throws for %j', (logits) => {
    expect(() => logSumExp(logits)).toThrow(HeadwiseError);
    expect(() => logSumExp(logits)).toThrow('logits must be finite');
  });
});

describe('topKIndices', () => {
  test('return indices in descending order of value, equal values in order of index', () => {
    expect(topKIndices(Float32Array.of(1, 3, 3, 2, 5), 3)).toEqual([4, 1, 2]);
    expect(topKIndices(Float32Array.of(1, 3), 5)).toEqual([1, 0]);
  });

  test('return the same order for every count', () => {
    const values = Float32Array.from({ length: 2000 }, (_, i) => (i * 7919) % 500);
    const sorted = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
    for (const count of [1, 50, 128, 129, 2000]) {
      expect(topKIndices(values, count)).toEqual(sorted.slice(0, count));
    }
  });
});
