import { describe, expect, it } from 'vitest';
import { type Parameters, predict } from '../src/scaling/model.ts';

const parameters: Parameters = {
  cores: 2,
  compute: new Map([
    [1, 100],
    [2, 50],
    [4, 25],
  ]),
  contention: 1.2,
  sums: 10,
  partBytes: 1000,
  oneByOne: false,
  sharedOutBytes: 5000,
  latency: 0.1,
  perByte: 0.001,
  overhead: 1,
};

describe('predict', () => {
  it('has neither exchange nor contention with one worker', () => {
    expect(predict(1, parameters)).toBe(101);
  });

  it('adds contention and an exchange per sum with two workers', () => {
    expect(predict(2, parameters)).toBeCloseTo(1 + 1.2 * 50 + 10 * (0.1 + 1));
  });

  it('scales time by workers per core beyond the cores', () => {
    const each = 1.2 * 25 + 10 * (0.1 + 3);
    expect(predict(4, parameters)).toBeCloseTo(1 + 2 * each);
    expect(predict(4, { ...parameters, cores: 16 })).toBeCloseTo(1 + each);
  });

  it('sums large parts in two rounds with more than two workers', () => {
    const each = 1.2 * 25 + 10 * (2 * 0.1 + 2 * 0.75 * 5);
    expect(predict(4, { ...parameters, cores: 16, partBytes: 5000 })).toBeCloseTo(1 + each);
    expect(predict(2, { ...parameters, partBytes: 5000 })).toBeCloseTo(1 + 1.2 * 50 + 10 * (0.1 + 5));
  });

  it('counts a notification per other worker by messages', () => {
    const each = 1.2 * 25 + 10 * (3 * 0.1 + 3);
    expect(predict(4, { ...parameters, cores: 16, oneByOne: true })).toBeCloseTo(1 + each);
    expect(predict(2, { ...parameters, oneByOne: true })).toBe(predict(2, parameters));
  });

  it('throws RangeError for a number of workers that was not measured', () => {
    expect(() => predict(3, parameters)).toThrow('one of 3 shards');
  });
});
