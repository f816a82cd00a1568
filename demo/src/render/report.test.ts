import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Report } from '../report.ts';
import { renderHeatmap } from './heatmap.ts';
import { renderReport } from './report.ts';

const tokens = ['[CLS]', '나'.normalize('NFD'), '##ness', '[SEP]'];
const report: Report = {
  model: 'tiny',
  backend: 'wasm-simd',
  sentences: [
    { text: '나ness', tokens, ids: [1, 2, 3, 4] },
    { text: '', tokens: ['[CLS]', '[SEP]'], ids: [1, 4] },
  ],
  similarity: [
    [1, -0.25],
    [-0.25, 1],
  ],
  attention: {
    sentence: 0,
    layer: 2,
    head: 1,
    weights: [
      [1, 0, 0, 0],
      [0.5, 0.5, 0, 0],
      [0.25, 0.25, 0.5, 0],
      [0, 0.1, 0.2, 0.7],
    ],
  },
  timings: [
    { backend: 'reference', threads: 1, tokens: 4, medianMs: 40, bestMs: 39, runs: 10, maxError: 0 },
    { backend: 'wasm-simd', threads: 2, tokens: 4, medianMs: 2, bestMs: 1.9, runs: 200, maxError: 2.4e-7 },
  ],
};

describe('renderHeatmap', () => {
  test('draws rows of equal width in block characters when colours are off', () => {
    const rows = renderHeatmap(report, { columns: 80, colour: false }).slice(3, 3 + tokens.length);
    expect(rows).toEqual([
      '  0 [CLS]  ██      ',
      '  1 ㄴㅏ   ▒▒▒▒    ',
      '  2 ##ness ░░░░▒▒  ',
      '  3 [SEP]      ░░▓▓',
    ]);
    expect(new Set(rows.map((row) => stringWidth(row))).size).toBe(1);
  });

  test('draws one coloured cell per weight when colours are on', () => {
    const rows = renderHeatmap(report, { columns: 80, colour: true }).slice(3, 3 + tokens.length);
    for (const row of rows) expect(row.split('\x1b[48;5;')).toHaveLength(1 + tokens.length);
  });

  test('states the largest weight between two words', () => {
    const lines = renderHeatmap(report, { columns: 80, colour: false });
    expect(lines.at(-1)).toBe('  Strongest link between words: ##ness → ㄴㅏ, 0.25');
  });

  test('states how many tokens are left out when the terminal is narrow', () => {
    const lines = renderHeatmap(report, { columns: 16, colour: false });
    expect(lines.at(-1)).toContain('the first 2 of 4 tokens');
    expect(lines).toHaveLength(3 + 2 + 2);
  });
});

describe('renderReport', () => {
  const text = renderReport(report, { columns: 80, colour: false });

  test('contains tokens, similarities and times', () => {
    expect(text).toContain('[CLS]  ㄴㅏ  ##ness  [SEP]');
    expect(text).toContain('(empty)');
    expect(text).toMatch(/1 {2}나ness +1\.000 +-0\.250/);
    expect(text).toMatch(/wasm-simd, 2 workers +2\.00 ms +20\.0×.+within 2e-7 of the reference/);
  });

  test('contains no escape codes when colours are off', () => {
    expect(text).not.toContain('\x1b');
  });
});
