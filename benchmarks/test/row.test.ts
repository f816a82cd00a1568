import { describe, expect, it } from 'vitest';
import { parseReport, type Row, withRatios } from '../src/row.ts';

const row: Row = {
  suite: 'ops',
  case: 'matmul 64x64x64',
  backend: 'wasm-simd',
  threads: 1,
  dtype: 'f32',
  runs: 100,
  bestMs: 2,
  medianMs: 2.5,
  gflops: 30,
  maxError: 1e-7,
  peakBytes: null,
  ratio: 2,
};
const machine = {
  cpu: 'a processor',
  cores: 2,
  memoryBytes: 2 ** 34,
  runtime: 'Node 24',
  date: '2026-01-01T00:00:00Z',
};
const { bestMs: _, ...rowWithoutTime } = row;

describe('parseReport', () => {
  it('accepts a written report', () => {
    const failed: Row = {
      ...row,
      bestMs: null,
      medianMs: null,
      gflops: null,
      ratio: null,
      failure: 'out of memory',
    };
    const report = { machine, rows: [row, failed] };
    expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it.each([
    ['no rows', { machine }, 'it has no rows'],
    ['null', null, 'it has no rows'],
    ['no machine', { rows: [] }, 'machine is not an object'],
    ['a date that is none', { machine: { ...machine, date: 'today' }, rows: [] }, 'machine.date is "today"'],
    ['an unknown suite', { machine, rows: [{ ...row, suite: 'speed' }] }, 'rows[0].suite is "speed"'],
    ['an unknown backend', { machine, rows: [row, { ...row, backend: 'tvm' }] }, 'rows[1].backend is "tvm"'],
    ['no threads', { machine, rows: [{ ...row, threads: 0 }] }, 'rows[0].threads is 0'],
    ['a missing time', { machine, rows: [rowWithoutTime] }, 'rows[0].bestMs is undefined'],
    ['neither time nor failure', { machine, rows: [{ ...row, bestMs: null }] }, 'either a time or a failure'],
    [
      'both time and failure',
      { machine, rows: [{ ...row, failure: 'wrong' }] },
      'either a time or a failure',
    ],
    ['a text for a number', { machine, rows: [{ ...row, maxError: '0' }] }, 'rows[0].maxError is "0"'],
  ])('throws TypeError for %s', (_name, value, message) => {
    expect(() => parseReport(value)).toThrow(message);
  });
});

describe('withRatios', () => {
  const base: Row = { ...row, backend: 'onnxruntime-web', bestMs: 6, ratio: null };

  it("divides onnxruntime-web's best time by each row's", () => {
    expect(withRatios([row, base]).map(({ ratio }) => ratio)).toEqual([3, 1]);
  });

  it('compares only rows of the same case, threads and dtype', () => {
    const others: Row[] = [
      { ...base, threads: 2 },
      { ...base, dtype: 'q8' },
      { ...base, case: 'matmul 32x32x32' },
      { ...base, suite: 'decode' },
    ];
    expect(withRatios([row, ...others])[0]!.ratio).toBeNull();
  });

  it('is null when either row failed', () => {
    const failed: Row = { ...base, bestMs: null, failure: 'out of memory' };
    expect(withRatios([row, failed]).map(({ ratio }) => ratio)).toEqual([null, null]);
    expect(withRatios([{ ...row, bestMs: null, failure: 'wrong' }, base])[0]!.ratio).toBeNull();
  });
});
