import { describe, expect, it } from 'vitest';
import { parseOptions } from '../src/options.ts';
import { summaryBackends } from '../src/report/summary.ts';
import { suites } from '../src/row.ts';

describe('parseOptions', () => {
  it('selects everything with one and two threads by default', () => {
    expect(parseOptions([])).toEqual({
      suites,
      filter: undefined,
      backends: [],
      threads: [1, 2],
      json: undefined,
      quick: false,
      headlines: false,
      browser: false,
      isolation: true,
      revectorize: false,
      help: false,
    });
  });

  it('parses every option', () => {
    const line =
      '--suite ops --suite decode --filter matmul|GPT --backend js --threads 2,1,2 --json out.json --quick --headlines';
    const options = parseOptions(line.split(' '));
    expect(options).toMatchObject({
      suites: ['ops', 'decode'],
      backends: ['js'],
      threads: [2, 1],
      json: 'out.json',
    });
    expect([options.quick, options.headlines]).toEqual([true, true]);
    expect(options.filter?.test('ops/MatMul 16x16x16 f32')).toBe(true);
  });

  it("selects the READMEs' backends for --headlines unless backends are given", () => {
    expect(parseOptions(['--headlines']).backends).toEqual(summaryBackends);
    expect(parseOptions(['--headlines', '--backend', 'wasm-simd']).backends).toEqual(['wasm-simd']);
  });

  it.each([
    [
      ['--suite', 'speed'],
      '--suite must be one of ops, attention, encoder, decode, generate, train, workers, tokenize, kernels, calls, speech, got "speed"',
    ],
    [['--backend', 'tvm'], '--backend must be one of js, reference'],
    [['--threads', '0'], '--threads must be integers from 1 to 64, separated by commas, got "0"'],
    [['--threads', '1,two'], 'got "two"'],
    [['--threads', ''], 'got ""'],
    [['--filter', '('], '--filter must be a regular expression'],
    [['--no-isolation'], '--no-isolation requires --browser'],
    [['--revectorize'], '--revectorize requires --browser'],
    [['--jsn', 'x'], "Unknown option '--jsn'"],
    [['ops'], 'Unexpected argument'],
  ])('throws TypeError for %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
