import type { BackendName, Dtype, Report, Row, Suite } from '../row.ts';
import { formatMs, formatRatio, markdownTable } from './format.ts';

/** A line of the summary: work that people recognise. */
export interface Headline {
  readonly suite: Suite;
  readonly case: string;
  readonly dtype: Dtype;
  readonly threads: number;
}

const one = (suite: Suite, name: string, dtype: Dtype = 'f32'): Headline => ({
  suite,
  case: name,
  dtype,
  threads: 1,
});
const two = (suite: Suite, name: string, dtype: Dtype = 'f32'): Headline => ({
  suite,
  case: name,
  dtype,
  threads: 2,
});

/** What the README shows of a report; lines without a row of ours are left out. */
export const headlines: readonly Headline[] = [
  one('encoder', 'MiniLM, 16 tokens'),
  one('encoder', 'MiniLM, 128 tokens'),
  one('encoder', 'MiniLM, 512 tokens'),
  one('encoder', 'MiniLM, 128 tokens', 'q8'),
  one('encoder', 'BERT-base shape, 128 tokens'),
  one('encoder', 'BERT-base shape, 512 tokens'),
  two('encoder', 'BERT-base shape, 128 tokens'),
  one('ops', 'matmul 64x64x64'),
  one('ops', 'matmul 384x384x384'),
  one('ops', 'matmul 126x3072x768'),
  one('ops', 'softmax 4608x384'),
  one('attention', 'attention 12x64, 512 tokens'),
  one('attention', 'attention 12x64, 4096 tokens'),
  one('decode', 'GPT-2 124M linear layers, 1 token'),
  one('decode', 'GPT-2 124M linear layers, 1 token', 'q8'),
  one('decode', 'GPT-2 124M linear layers, 1 token', 'q4'),
];

/** The backends that the summary compares, in its order; native code is the line that no WebAssembly reaches. */
export const shown: readonly BackendName[] = [
  'wasm-relaxed-simd',
  'wasm-simd',
  'workers',
  'onnxruntime-web',
  'tfjs-wasm',
  'jax-js',
  'candle',
  'onnxruntime-node',
];

/** The rows of a headline, by backend; only those with a time. */
export function rowsOf({ rows }: Report, headline: Headline): Map<BackendName, Row> {
  const own = rows.filter(
    (row) =>
      row.bestMs !== null &&
      row.suite === headline.suite &&
      row.case === headline.case &&
      row.dtype === headline.dtype &&
      row.threads === headline.threads,
  );
  return new Map(own.map((row) => [row.backend, row]));
}

const ours: readonly BackendName[] = ['wasm-relaxed-simd', 'wasm-simd', 'workers'];

/** The headlines that a report has figures of ours for. */
export function coveredHeadlines(report: Report): Headline[] {
  return headlines.filter((headline) => {
    const rows = rowsOf(report, headline);
    return ours.some((name) => rows.has(name));
  });
}

export function headlineLabel({ case: name, dtype, threads }: Headline): string {
  const parts = [name, dtype === 'f32' ? '' : dtype, threads === 1 ? '' : `${threads} threads`];
  return parts.filter((part) => part !== '').join(', ');
}

/** The README's table: best milliseconds by backend, ours with the ratio to onnxruntime-web. */
export function summaryTable(report: Report): string {
  const lines = coveredHeadlines(report).map((headline) => {
    const rows = rowsOf(report, headline);
    const cells = shown.map((backend) => {
      const row = rows.get(backend);
      if (!row) return '–';
      const own = ours.includes(backend) && row.ratio !== null;
      return own ? `**${formatMs(row.bestMs)}** (${formatRatio(row.ratio)})` : formatMs(row.bestMs);
    });
    return [headlineLabel(headline), ...cells];
  });
  return markdownTable(['ms, best of many', ...shown.map(columnTitle)], lines, shown.length);
}

function columnTitle(backend: BackendName): string {
  return backend === 'onnxruntime-node' ? 'onnxruntime-node (native)' : backend;
}
