import { describe, expect, test } from 'vitest';
import { Random } from '../../platform/random.ts';
import { sample } from './sample.ts';

describe('sample', () => {
  test('samples tokens with their probabilities', () => {
    const random = new Random(3);
    const logits = Float32Array.from([0.5, 0.3, 0.2].map(Math.log));
    const counts = [0, 0, 0];
    for (let i = 0; i < 50_000; i++) counts[sample(logits, random)]!++;
    expect(counts[0]! / 50_000).toBeCloseTo(0.5, 1.9);
    expect(counts[1]! / 50_000).toBeCloseTo(0.3, 1.9);
  });

  test('never returns forbidden tokens', () => {
    const random = new Random(4);
    const logits = Float32Array.of(-Infinity, 0, -Infinity, 0, -Infinity);
    const drawn = new Set(Array.from({ length: 500 }, () => sample(logits, random)));
    expect([...drawn].sort()).toEqual([1, 3]);
  });

  test('returns the first id at which the cumulative sum exceeds the random number', () => {
    const fixed = (value: number) => ({ next: () => value }) as Random;
    const logits = Float64Array.from([0.25, 0.25, 0.5].map(Math.log));
    expect([0, 0.24, 0.26, 0.49, 0.51, 0.999_999].map((u) => sample(logits, fixed(u)))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
  });
});
