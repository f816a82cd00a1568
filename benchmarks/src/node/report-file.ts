import { renameSync, writeFileSync } from 'node:fs';
import type { Report } from '../row.ts';

/** Writes a report atomically, through a temporary file. */
export function writeReport(file: string, report: Report): void {
  const unfinished = `${file}.tmp`;
  writeFileSync(unfinished, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(unfinished, file);
}
