import { describe, expect, it } from 'vitest';
import { barChart } from '../src/report/chart.ts';
import { embedBetweenMarkers } from '../src/report/embed.ts';
import { formatMs } from '../src/report/format.ts';
import { summaryTable } from '../src/report/summary.ts';
import { fullTable } from '../src/report/table.ts';
import type { BackendName, Report, Row } from '../src/row.ts';

const machine = {
  cpu: 'A <fast> one',
  cores: 2,
  memoryBytes: null,
  runtime: 'Node 24',
  date: '2026-01-02T03:04:05Z',
};

function row(backend: BackendName, bestMs: number, more: Partial<Row> = {}): Row {
  return {
    suite: 'ops',
    case: 'matmul 384x384x384',
    backend,
    threads: 1,
    dtype: 'f32',
    runs: 10,
    bestMs,
    medianMs: bestMs * 1.1,
    gflops: 0.113 / bestMs,
    maxError: 1e-6,
    peakBytes: null,
    ratio: null,
    ...more,
  };
}

const report: Report = {
  machine,
  rows: [
    row('wasm-simd', 2, { ratio: 2 }),
    row('onnxruntime-web', 4, { ratio: 1 }),
    row('onnxruntime-node', 1),
    { ...row('jax-js', 1), bestMs: null, medianMs: null, gflops: null, failure: 'off by 1' },
  ],
};

describe('fullTable', () => {
  it('has a row per time and a line per failure', () => {
    const text = fullTable(report);
    expect(text).toContain('| matmul 384x384x384 | f32 | 1 | wasm-simd | 2.00 | 2.20 |');
    expect(text).toContain('| 2.00× |');
    expect(text).toContain('- **failed**: matmul 384x384x384, f32, 1 thread, jax-js: off by 1');
    expect(text).toContain('A <fast> one, 2 cores, Node 24, 2026-01-02');
  });
});

describe('summaryTable', () => {
  it("shows Headwise's times in bold with the ratio, and leaves out headlines without them", () => {
    const peersOnly = row('onnxruntime-web', 5, { case: 'softmax 4608x384' });
    const lines = summaryTable({ machine, rows: [...report.rows, peersOnly] }).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('| matmul 384x384x384 | – | **2.00** (2.00×) | – | 4.00 | – | – | – | 1.00 |');
  });

  it('shows the backends and headlines that its options name', () => {
    const more = row('wasm-simd', 1, { case: 'matmul 64x64x64' });
    const includes = ({ case: name }: { case: string }) => name === 'matmul 384x384x384';
    const lines = summaryTable(
      { machine, rows: [...report.rows, more] },
      { backends: ['wasm-simd', 'onnxruntime-web'], includes },
    ).split('\n');
    expect(lines[0]).toBe('| ms, best of many | wasm-simd | onnxruntime-web |');
    expect(lines.slice(2)).toEqual(['| matmul 384x384x384 | **2.00** (2.00×) | 4.00 |']);
  });
});

describe('barChart', () => {
  const svg = barChart(report);

  it('draws bars proportional to times', () => {
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(widths).toHaveLength(3);
    expect(widths[1]! / widths[0]!).toBeCloseTo(2, 2);
    expect(widths[2]! / widths[0]!).toBeCloseTo(0.5, 2);
  });

  it('leaves out headlines that are not charted', () => {
    const more = row('wasm-simd', 1, { case: 'matmul 64x64x64' });
    expect(barChart({ machine, rows: [...report.rows, more] })).toBe(svg);
    expect(summaryTable({ machine, rows: [...report.rows, more] })).toContain('matmul 64x64x64');
  });

  it("escapes the machine's name", () => {
    expect(svg).toContain('A &lt;fast&gt; one');
    expect(svg).not.toContain('<fast>');
  });

  it('has a style for dark pages', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
  });
});

describe('embedBetweenMarkers', () => {
  const document = 'a\n<!-- benchmark:begin -->\nold\n<!-- benchmark:end -->\nb\n';

  it('replaces the text between the markers repeatedly', () => {
    const once = embedBetweenMarkers(document, 'README.md', 'new');
    expect(once).toBe('a\n<!-- benchmark:begin -->\n\nnew\n\n<!-- benchmark:end -->\nb\n');
    expect(embedBetweenMarkers(once, 'README.md', 'new')).toBe(once);
  });

  it.each([
    '',
    'a <!-- benchmark:begin -->',
    '<!-- benchmark:end --> <!-- benchmark:begin -->',
    document + document,
  ])('throws unless there is one pair of markers (%#)', (text) => {
    expect(() => embedBetweenMarkers(text, 'README.md', 'new')).toThrow('README.md must have one');
  });
});

describe('formatMs', () => {
  it.each([
    [0.000837, '0.000837'],
    [4.7123, '4.71'],
    [99.96, '100'],
    [107.4, '107'],
    [12345, '12345'],
    [null, '–'],
  ])('%s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});
