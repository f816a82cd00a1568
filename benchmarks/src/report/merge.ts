import type { Machine, Report, Row } from '../row.ts';
import { withRatios } from '../row.ts';

/** A report, and what its file is called. */
export interface NamedReport {
  readonly name: string;
  readonly report: Report;
}

const gibibyte = 2 ** 30;

/** What has to be the same for times to stand side by side. Memory in whole gibibytes: a system keeps a little more or less of it to itself. */
function identity({ cpu, cores, memoryBytes, runtime }: Machine): string {
  const memory = memoryBytes === null ? 'unknown' : `${Math.round(memoryBytes / gibibyte)} GiB of`;
  return `${cpu}, ${cores} cores, ${memory} memory, ${runtime}`;
}

function rowKey({ suite, case: name, dtype, threads, backend }: Row): string {
  return [suite, name, dtype, threads, backend].join('|');
}

/**
 * Reports of one machine as one, with the latest of their dates. Where two have a row of the same case, type, threads and backend, the
 * later report's stands; ratios are those of the rows that do.
 *
 * @throws Error when they are of different machines or runtimes
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
