import type { Machine, Report, Row } from '../row.ts';
import { withRatios } from '../row.ts';

/** A report and its file name. */
export interface NamedReport {
  readonly name: string;
  readonly report: Report;
}

const gibibyte = 2 ** 30;

/** Identifies machine and runtime. Memory is rounded to gibibytes, as the part that the system reserves varies. */
function identity({ cpu, cores, memoryBytes, runtime }: Machine): string {
  const memory = memoryBytes === null ? 'unknown' : `${Math.round(memoryBytes / gibibyte)} GiB of`;
  return `${cpu}, ${cores} cores, ${memory} memory, ${runtime}`;
}

function rowKey({ suite, case: name, dtype, threads, backend }: Row): string {
  return [suite, name, dtype, threads, backend].join('|');
}

/**
 * Merges reports of one machine, with the latest date. Of rows of the same case, dtype, threads and backend, the last report's is kept.
 * Ratios are computed again.
 *
 * @throws Error for different machines or runtimes
 */
export function mergeReports(reports: readonly [NamedReport, ...NamedReport[]]): Report {
  const [first, ...others] = reports;
  const own = identity(first.report.machine);
  for (const { name, report } of others) {
    const other = identity(report.machine);
    if (other !== own) throw new Error(`${first.name} is of ${own}, but ${name} of ${other}`);
  }
  const rows = new Map(reports.flatMap(({ report }) => report.rows.map((row) => [rowKey(row), row])));
  const dates = reports.map(({ report }) => report.machine.date);
  const date = dates.reduce((latest, each) => (Date.parse(each) > Date.parse(latest) ? each : latest));
  return { machine: { ...first.report.machine, date }, rows: withRatios([...rows.values()]) };
}
