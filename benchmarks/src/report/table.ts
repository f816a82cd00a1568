import { passNames } from '../cases/train.ts';
import type { Report, Row } from '../row.ts';
import {
  formatBytes,
  formatError,
  formatMs,
  formatRate,
  formatRatio,
  groupKey,
  markdownTable,
} from './format.ts';

const header = [
  'case',
  'type',
  'threads',
  'backend',
  'best ms',
  'median ms',
  'GFLOP/s',
  'max error',
  'peak',
  'vs ort-web',
];

/** All rows of a report as Markdown: a table per suite, followed by its failures. */
export function fullTable({ machine, peers, rows }: Report): string {
  const suites = [...new Set(rows.map((row) => row.suite))];
  const sections = suites.map((suite) => {
    const own = rows.filter((row) => row.suite === suite);
    const failures = own.filter((row) => row.failure !== undefined);
    const parts = [`## ${suite}`, markdownTable(header, tableLines(own), 6)];
    const ratios = backwardRatios(own);
    if (ratios.length > 0) parts.push(`Backward pass over forward pass: ${ratios.join(', ')}.`);
    if (failures.length > 0) parts.push(failures.map(failureLine).join('\n'));
    return parts.join('\n\n');
  });
  const machineLine = `${machine.cpu}, ${machine.cores} cores, ${machine.runtime}, ${machine.date.slice(0, 10)}`;
  const note =
    '"vs ort-web" is the best time of onnxruntime-web, in the suites tokenize, kernels and calls that of hf-tokenizers, previous-kernel and bare decoding, same work, threads and type, over this one.';
  const versions = Object.entries(peers ?? {}).map(([name, version]) => `${name} ${version}`);
  const peersLine = versions.length > 0 ? [`Peers: ${versions.join(', ')}.`] : [];
  return [machineLine, ...peersLine, ...sections, note].join('\n\n');
}

/** The time of the backward pass in forward passes, of each backend with rows of both. */
export function backwardRatios(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const name = row.case.replace(new RegExp(`${passNames.backward}$`), passNames.forward);
    const forward = rows.find((each) => each.case === name && each.backend === row.backend);
    if (name === row.case || !row.bestMs || !forward?.bestMs) return [];
    return [`${row.backend} ${(row.bestMs / forward.bestMs - 1).toFixed(2)}`];
  });
}

function tableLines(rows: readonly Row[]): string[][] {
  const timed = rows.filter((row) => row.bestMs !== null);
  const groups = [...new Set(timed.map(groupKey))];
  return groups.flatMap((key) =>
    timed
      .filter((row) => groupKey(row) === key)
      .map((row, i) => [
        ...(i === 0 ? [row.case, row.dtype, String(row.threads)] : ['', '', '']),
        row.backend,
        formatMs(row.bestMs),
        formatMs(row.medianMs),
        formatRate(row.gflops),
        formatError(row.maxError),
        formatBytes(row.peakBytes),
        formatRatio(row.ratio),
      ]),
  );
}

function failureLine(row: Row): string {
  return `- **failed**: ${row.case}, ${row.dtype}, ${row.threads} ${row.threads === 1 ? 'thread' : 'threads'}, ${row.backend}: ${row.failure}`;
}
