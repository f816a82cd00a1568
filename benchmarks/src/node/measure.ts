import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { caseLabel } from '../cases/select.ts';
import { cases } from '../cases/suites.ts';
import type { Options } from '../options.ts';
import type { Row } from '../row.ts';
import { canMeasurePeaks } from './memory.ts';
import type { Job, Message } from './messages.ts';

/** Measures all that the command line asks for, in processes of their own. */
export async function measureInNode(options: Options, say: (message: string) => void): Promise<Row[]> {
  const { suites, filter, backends, quick } = options;
  const rows: Row[] = [];
  for (const threads of options.threads) {
    await start({ kind: 'phase', suites, filter: filter?.source, backends, threads, quick }, (message) => {
      if (message.kind === 'row') rows.push(message.row);
      if (message.kind === 'progress') say(message.message);
    });
  }
  return canMeasurePeaks ? withPeaks(rows, say) : rows;
}

async function withPeaks(rows: readonly Row[], say: (message: string) => void): Promise<Row[]> {
  const measured: Row[] = [];
  const labels = new Set(cases.filter((subject) => subject.tiny).map(caseLabel));
  for (const row of rows) {
    const label = caseLabel({ suite: row.suite, name: row.case, dtype: row.dtype });
    // The plain loops hold nothing that is worth a process.
    if (row.failure !== undefined || !labels.has(label) || row.backend === 'js') {
      measured.push(row);
      continue;
    }
    say(`memory · ${label} · ${row.backend}`);
    let peakBytes: number | null = null;
    await start({ kind: 'memory', label, backend: row.backend, threads: row.threads }, (message) => {
      if (message.kind === 'peak') peakBytes = message.bytes;
    });
    measured.push({ ...row, peakBytes });
  }
  return measured;
}

/** Runs a job to its end; rejects when its process fails or dies. */
function start(job: Job, onMessage: (message: Message) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: string | undefined;
    const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), {
      serialization: 'advanced',
      // Stdout is for the table: what an engine prints goes to stderr.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child.on('message', (message: Message) => {
      if (message.kind === 'failed') failure = message.message;
      else onMessage(message);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (failure === undefined && code === 0) resolve();
      else reject(new Error(failure ?? `a measuring process ended with ${signal ?? `code ${code}`}`));
    });
    child.send(job);
  });
}
