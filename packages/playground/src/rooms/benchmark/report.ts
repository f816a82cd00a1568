import { fullTable, type Report } from '@headwise/benchmarks/page';
import type { Measured } from './session.svelte.ts';

/** The report of a run, in the form of `npm run bench -- --json`. */
export function reportOf({ machine, rows }: Measured): Report {
  const { onBattery: _, ...rest } = machine;
  return { machine: rest, rows: rows.map(({ id: _id, ...row }) => row) };
}

export const toMarkdown = (measured: Measured): string => fullTable(reportOf(measured));
export const toJson = (measured: Measured): string => `${JSON.stringify(reportOf(measured), null, 2)}\n`;
