import { readFileSync, writeFileSync } from 'node:fs';
import { caseLabel } from '../cases/select.ts';
import { cases } from '../cases/suites.ts';
import type { Work } from '../cases/work.ts';
import type { Engine } from '../engines/engine.ts';
import { startEngine } from '../engines/start.ts';
import type { MemoryJob } from './messages.ts';
import { nodePlatform } from './platform.ts';

/** Whether this system tells how much memory a process held at its peak, and lets that be reset. */
export const canMeasurePeaks = process.platform === 'linux';

/**
 * How many bytes of memory a case takes at its peak, in this process, which must do nothing else: resident memory while it
 * is prepared and run, less what the engine holds after the tiniest work of the same kind. Operands are made
 * before; an engine's copies of them count, and so does the output.
 */
export async function measurePeak({ label, backend, threads }: MemoryJob): Promise<number> {
  const subject = cases.find((each) => caseLabel(each) === label);
  if (!subject?.tiny) throw new Error(`no case named ${label} has its memory measured`);
  const engine = await startEngine(nodePlatform, backend, threads);
  const work = subject.work();
  await runTwice(engine, subject.tiny());
  // Linux's way to start counting anew: see "clear_refs" in proc(5).
  writeFileSync('/proc/self/clear_refs', '5');
  const before = status('VmRSS');
  await runTwice(engine, work);
  return Math.max(0, status('VmHWM') - before);
}

async function runTwice(engine: Engine, work: Work): Promise<void> {
  const prepared = await engine.prepare(work);
  if (!prepared) throw new Error(`${engine.name} can't do this case`);
  await prepared.run();
  await prepared.run();
  await prepared.dispose();
}

/** A figure of /proc/self/status, in bytes. */
function status(name: string): number {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm'));
  if (!line) throw new Error(`/proc/self/status has no ${name}`);
  return Number(line[1]) * 1024;
}
