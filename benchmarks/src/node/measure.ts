import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { caseLabel, selectCases } from '../cases/select.ts';
import { cases } from '../cases/suites.ts';
import type { Options } from '../options.ts';
import type { BackendName, Row } from '../row.ts';
import { canMeasurePeaks } from './memory.ts';
import type { Job, Message } from './messages.ts';

/** Results of a run. */
export interface Measured {
  readonly rows: readonly Row[];
  /** Errors other than failed rows: processes that ended early. */
  readonly problems: readonly string[];
  /** Runtime, if other than this process. */
  readonly runtime?: string;
}

/** Callbacks of a run. */
export interface Progress {
  /** Reports progress. */
  say(message: string): void;
  /** Called with all rows so far after each new one. */
  save(rows: readonly Row[], runtime?: string): void;
}

/** Runs the selected benchmarks in one process per suite and number of threads, so that a crash ends one suite only. */
export async function measureInNode(options: Options, { say, save }: Progress): Promise<Measured> {
  const { filter, backends, quick, headlines } = options;
  const rows: Row[] = [];
  const problems: string[] = [];
  let expected: ReadonlyMap<string, Float32Array> = new Map();
  for (const threads of options.threads) {
    for (const suite of options.suites) {
      if (selectCases({ suites: [suite], filter, quick, headlines, threads }).length === 0) continue;
      const job = {
        kind: 'phase',
        suite,
        filter: filter?.source,
        backends,
        threads,
        quick,
        headlines,
        expected,
      } as const;
      try {
        await start(job, (message) => {
          if (message.kind === 'row') {
            rows.push(message.row);
            save(rows);
          }
          if (message.kind === 'expected') expected = message.outputs;
          if (message.kind === 'progress') say(message.message);
        });
      } catch (error) {
        problems.push(`${suite} with ${threads} threads ended early: ${(error as Error).message}`);
      }
    }
  }
  // The READMEs do not show memory.
  if (canMeasurePeaks && !headlines) await addPeaks(rows, { say, save });
  return { rows, problems };
}

/** Not optimised: their memory is not measured. */
const unmeasured: readonly BackendName[] = ['js', 'reference'];

async function addPeaks(rows: Row[], { say, save }: Progress): Promise<void> {
  const labels = new Set(cases.filter((subject) => subject.tiny).map(caseLabel));
  for (const [i, row] of rows.entries()) {
    const label = caseLabel({ suite: row.suite, name: row.case, dtype: row.dtype });
    if (row.failure !== undefined || !labels.has(label) || unmeasured.includes(row.backend)) continue;
    rows[i] = { ...row, peakBytes: await peakOf(row, label, say) };
    save(rows);
  }
}

async function peakOf(
  { backend, threads }: Row,
  label: string,
  say: (message: string) => void,
): Promise<number | null> {
  say(`memory · ${label} · ${backend}`);
  let peak: number | null = null;
  try {
    await start({ kind: 'memory', label, backend, threads }, (message) => {
      if (message.kind === 'peak') peak = message.bytes;
    });
  } catch (error) {
    say(`memory · ${label} · ${backend}: not measured, ${(error as Error).message}`);
  }
  return peak;
}

/** Runs a job in a new process. Rejects if the process fails. */
function start(job: Job, onMessage: (message: Message) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: string | undefined;
    const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), {
      serialization: 'advanced',
      // Output of engines goes to stderr: stdout is for the table.
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
