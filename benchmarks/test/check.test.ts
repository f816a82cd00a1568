import { describe, expect, it } from 'vitest';
import { compare } from '../src/run/check.ts';

const expected = Float32Array.of(1, -4, 2);

describe('compare', () => {
  it('returns the largest error of an output within the tolerance', () => {
    expect(compare(Float32Array.of(1, -4.25, 2), expected, 0.1)).toEqual({ maxError: 0.25 });
  });

  it('scales the tolerance by the largest value of the reference', () => {
    expect(compare(Float32Array.of(1, -4.25, 2), expected, 0.05)).toEqual({
      maxError: 0.25,
      failure: 'error 0.250 exceeds 0.200',
    });
  });

  it('scales the tolerance of each segment by its own largest value', () => {
    const values = Float32Array.of(100, 100, 1, 1);
    const output = Float32Array.of(101, 100, 1, 1.5);
    expect(compare(output, values, 0.02)).toEqual({ maxError: 1 });
    expect(compare(output, values, 0.02, 2)).toEqual({
      maxError: 1,
      failure: 'error 0.500 exceeds 0.0200',
    });
  });

  it('fails an output of different length', () => {
    expect(compare(Float32Array.of(1), expected, 1).failure).toBe('expected 3 elements, got 1');
  });

  it('fails NaN', () => {
    expect(compare(Float32Array.of(1, Number.NaN, 2), expected, 1).failure).toBe('element 1 is NaN');
  });
});
