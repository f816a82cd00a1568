import type { Row } from '../row.ts';

/** Milliseconds with three significant digits: `0.0213`, `4.71`, `107`. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '–';
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}

/** One decimal, or none from 100 on. */
export function formatRate(gflops: number | null): string {
  return gflops === null ? '–' : gflops.toFixed(gflops >= 100 ? 0 : 1);
}

export function formatRatio(ratio: number | null): string {
  return ratio === null ? '–' : `${ratio.toFixed(2)}×`;
}

export function formatError(error: number | null): string {
  return error === null ? '–' : error === 0 ? '0' : error.toExponential(1);
}

/** Mebibytes. */
export function formatBytes(bytes: number | null): string {
  return bytes === null ? '–' : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Key of comparable rows: those of the same case, threads and dtype. */
export function groupKey({ suite, case: name, threads, dtype }: Row): string {
  return [suite, name, threads, dtype].join('|');
}

/** A Markdown table. Cells must not contain newlines. `right` is the number of right-aligned columns, from the last. */
export function markdownTable(
  header: readonly string[],
  lines: readonly (readonly string[])[],
  right: number,
): string {
  const align = header.map((_, i) => (i >= header.length - right ? '---:' : '---'));
  return [header, align, ...lines]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
