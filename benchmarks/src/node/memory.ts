import { readFileSync, writeFileSync } from 'node:fs';
import { caseLabel } from '../cases/select.ts';
import { cases } from '../cases/suites.ts';
import type { Work } from '../cases/work.ts';
import type { Engine } from '../engines/engine.ts';
import { startEngine } from '../engines/start.ts';
import type { MemoryJob } from './messages.ts';
import { nodePlatform } from './platform.ts';

/** Whether the system reports and resets a process's peak memory. */
export const canMeasurePeaks = process.platform === 'linux';

/**
 * Peak memory of a case in bytes, in a process that does nothing else: peak resident memory while it is prepared and run, less resident
 * memory after a tiny work of the same kind. Operands are made before and not counted; the engine's copies and the output are.
 */
export async function measurePeak({ label, backend, threads }: MemoryJob): Promise<number> {
  const subject = cases.find((each) => caseLabel(each) === label);
  if (!subject?.tiny) throw new Error(`memory is not measured for ${label}`);
  const engine = await startEngine(nodePlatform, backend, threads);
  const work = subject.work();
  await runTwice(engine, subject.tiny());
  // Resets VmHWM, see "clear_refs" in proc(5).
  writeFileSync('/proc/self/clear_refs', '5');
  const before = status('VmRSS');
  await runTwice(engine, work);
  return Math.max(0, status('VmHWM') - before);
}

async function runTwice(engine: Engine, work: Work): Promise<void> {
  const prepared = await engine.prepare(work);
  if (!prepared) throw new Error(`${engine.name} does not support this case`);
  await prepared.run();
  await prepared.run();
  await prepared.dispose();
}

/** A field of /proc/self/status, in bytes. */
function status(name: string): number {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm'));
  if (!line) throw new Error(`/proc/self/status has no ${name}`);
  return Number(line[1]) * 1024;
}
