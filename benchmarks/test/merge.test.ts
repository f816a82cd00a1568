import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeReport } from '../src/node/report-file.ts';
import { mergeReports } from '../src/report/merge.ts';
import { type BackendName, type Machine, parseReport, type Report, type Row } from '../src/row.ts';

const machine: Machine = {
  cpu: 'a processor',
  cores: 2,
  memoryBytes: 24 * 2 ** 30,
  runtime: 'Node 24',
  date: '2026-01-02T00:00:00Z',
};

function row(backend: BackendName, bestMs: number, more: Partial<Row> = {}): Row {
  const unknown = { gflops: null, maxError: null, peakBytes: null, ratio: null };
  const subject = { suite: 'ops', case: 'matmul 64x64x64', dtype: 'f32', threads: 1 } as const;
  return { ...subject, backend, runs: 3, bestMs, medianMs: bestMs, ...unknown, ...more };
}

const named = (name: string, rows: readonly Row[], more: Partial<Machine> = {}) => {
  return { name, report: { machine: { ...machine, ...more }, rows } satisfies Report };
};

describe('mergeReports', () => {
  it('keeps the last of equal rows and computes ratios again', () => {
    const first = named('a.json', [row('wasm-simd', 2), row('onnxruntime-web', 8)]);
    const second = named('b.json', [row('onnxruntime-web', 6), row('wasm-simd', 1, { threads: 2 })]);
    const { rows } = mergeReports([first, second]);
    expect(rows.map(({ backend, threads, bestMs, ratio }) => [backend, threads, bestMs, ratio])).toEqual([
      ['wasm-simd', 1, 2, 3],
      ['onnxruntime-web', 1, 6, 1],
      ['wasm-simd', 2, 1, null],
    ]);
  });

  it('has the latest date', () => {
    const reports = ['2026-01-03T00:00:00Z', '2026-01-01T00:00:00Z'].map((date) =>
      named('b.json', [row('wasm-simd', 2)], { date }),
    );
    const merged = mergeReports([named('a.json', []), ...reports]);
    expect(merged.machine).toEqual({ ...machine, date: '2026-01-03T00:00:00Z' });
  });

  it.each([
    { cpu: 'another' },
    { cores: 4 },
    { runtime: 'Chromium 147' },
    { memoryBytes: 2 ** 33 },
    { memoryBytes: null },
  ])('throws for another machine or runtime: %o', (other) => {
    const reports = [named('a.json', []), named('b.json', [], other)] as const;
    expect(() => mergeReports([...reports])).toThrow(/^a\.json is of .*, but b\.json of /);
  });

  it('ignores differences of memory below a gibibyte', () => {
    const less = { memoryBytes: 24 * 2 ** 30 - 4096 };
    expect(() => mergeReports([named('a.json', []), named('b.json', [], less)])).not.toThrow();
  });
});

describe('writeReport', () => {
  it('replaces the file and leaves no temporary file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headwise-report-'));
    const file = join(folder, 'out.json');
    try {
      for (const rows of [[], [row('wasm-simd', 2)]]) {
        writeReport(file, { machine, rows });
        expect(parseReport(JSON.parse(readFileSync(file, 'utf8'))).rows).toEqual(rows);
      }
      expect(readdirSync(folder)).toEqual(['out.json']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
