import { type Headline, headlines, matchesHeadline } from '../cases/headlines.ts';
import type { BackendName, Report, Row } from '../row.ts';
import { formatMs, formatRatio, markdownTable } from './format.ts';

/** Backends of the summary, in order. */
export const summaryBackends: readonly BackendName[] = [
  'wasm-relaxed-simd',
  'wasm-simd',
  'workers',
  'onnxruntime-web',
  'tfjs-wasm',
  'jax-js',
  'candle',
  'onnxruntime-node',
];

/** Rows of a headline with a time, by backend. */
export function rowsOf({ rows }: Report, headline: Headline): Map<BackendName, Row> {
  const own = rows.filter((row) => row.bestMs !== null && matchesHeadline(headline, row));
  return new Map(own.map((row) => [row.backend, row]));
}

const ours: readonly BackendName[] = ['wasm-relaxed-simd', 'wasm-simd', 'workers'];

/** Headlines with a time of Headwise. */
export function measuredHeadlines(report: Report): Headline[] {
  return headlines.filter((headline) => {
    const rows = rowsOf(report, headline);
    return ours.some((name) => rows.has(name));
  });
}

export function headlineLabel({ case: name, dtype, threads }: Headline): string {
  const parts = [name, dtype === 'f32' ? '' : dtype, threads === 1 ? '' : `${threads} threads`];
  return parts.filter((part) => part !== '').join(', ');
}

/** What a table shows. */
export interface SummaryOptions {
  /** Backends, in order. Default: {@link summaryBackends}. */
  readonly backends?: readonly BackendName[];
  /** Leaves out headlines for which it is false. Default: shows all. */
  readonly includes?: (headline: Headline) => boolean;
}

/** Best milliseconds by headline and backend, Headwise's with the ratio to onnxruntime-web. */
export function summaryTable(
  report: Report,
  { backends = summaryBackends, includes = () => true }: SummaryOptions = {},
): string {
  const lines = measuredHeadlines(report)
    .filter(includes)
    .map((headline) => {
      const rows = rowsOf(report, headline);
      const cells = backends.map((backend) => {
        const row = rows.get(backend);
        if (!row) return '–';
        const own = ours.includes(backend) && row.ratio !== null;
        return own ? `**${formatMs(row.bestMs)}** (${formatRatio(row.ratio)})` : formatMs(row.bestMs);
      });
      return [headlineLabel(headline), ...cells];
    });
  return markdownTable(['ms, best of many', ...backends.map(columnTitle)], lines, backends.length);
}

function columnTitle(backend: BackendName): string {
  return backend === 'onnxruntime-node' ? 'onnxruntime-node (native)' : backend;
}
