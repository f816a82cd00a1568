import { parseReport } from '@headwise/benchmarks/page';
import { expect, test } from 'vitest';
import { CONTENDERS } from '../../engine/benchmark/contenders.ts';
import { readPeerFiles } from '../../engine/benchmark/peer-files.ts';
import { runtimeOf } from './machine.ts';
import { toJson, toMarkdown } from './report.ts';
import { schema } from './state.ts';

test.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36',
    'Chromium 156.0 (X11; Linux x86_64)',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.1.2',
    'Edge 150.0 (Windows NT 10.0; Win64; x64)',
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
    'Firefox 153.0 (X11; Linux x86_64; rv:153.0)',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
    'Safari 26.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)',
  ],
  ['robot', 'unknown browser (unknown system)'],
])('runtimeOf reads browser and system: %#', (userAgent, runtime) => {
  expect(runtimeOf(userAgent)).toBe(runtime);
});

test('a run is a report of the benchmarks', () => {
  const { backend, dtype, threads } = CONTENDERS.q8;
  const row = {
    ...({ id: 'q8', backend, dtype, threads, suite: 'ops', case: 'matmul 126x768x768', runs: 40 } as const),
    ...{ bestMs: 1.5, medianMs: 2, gflops: 99, maxError: 0.02, peakBytes: null, ratio: 2 },
  };
  const machine = {
    ...{ cpu: 'not told to pages', cores: 2, memoryBytes: null, runtime: 'Chromium 156.0', onBattery: false },
    date: '2026-11-29T12:00:00.000Z',
  };
  const measured = { machine, rows: [row], work: 'product', paceChange: 1, void: undefined } as const;
  const report = parseReport(JSON.parse(toJson(measured)));
  expect(report.rows[0]).toMatchObject({ backend: 'wasm-relaxed-simd', dtype: 'q8', bestMs: 1.5 });
  expect(toMarkdown(measured)).toContain('| wasm-relaxed-simd | 1.50 | 2.00 | 99.0 | 2.0e-2 | – | 2.00× |');
});

test('readPeerFiles takes what it knows', () => {
  const tfjs = { version: '4.22.0', bytes: 900_000 };
  expect(readPeerFiles({ tfjs, other: tfjs, 'onnxruntime-web': { version: 1 } })).toEqual({ tfjs });
  expect(readPeerFiles(null)).toEqual({});
  expect(readPeerFiles('text')).toEqual({});
});

test('the address names contenders in the order of the page, and only known ones', () => {
  const { contenders } = schema;
  expect(contenders.parse('ort,simd')).toEqual(['simd', 'ort']);
  expect(contenders.print(['ort', 'simd'])).toBe('simd,ort');
  expect(contenders.parse('')).toEqual([]);
  expect(contenders.parse('simd,llama')).toBeUndefined();
});
