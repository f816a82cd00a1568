import { describe, expect, it } from 'vitest';
import { compare } from '../src/run/check.ts';

const expected = Float32Array.of(1, -4, 2);

describe('compare', () => {
  it('reports the largest error of an output that is near enough', () => {
    expect(compare(Float32Array.of(1, -4.25, 2), expected, 0.1)).toEqual({ maxError: 0.25 });
  });

  it('measures the tolerance by the largest value of the reference', () => {
    expect(compare(Float32Array.of(1, -4.25, 2), expected, 0.05)).toEqual({
      maxError: 0.25,
      failure: 'off by 0.250, allowed are 0.200',
    });
  });

  it('fails an output of another length', () => {
    expect(compare(Float32Array.of(1), expected, 1).failure).toBe('has 1 elements, the reference 3');
  });

  it('fails what is not a number, which compares as neither more nor less', () => {
    expect(compare(Float32Array.of(1, Number.NaN, 2), expected, 1).failure).toBe('element 1 is NaN');
  });
});
