// A process that measures. Each number of threads has one of its own, as engines fix theirs when they start, and a pool's
// idle threads would take time from others.
import { selectCases } from '../cases/select.ts';
import { runPhase } from '../run/phase.ts';
import { raceOptions } from '../run/settings.ts';
import { measurePeak } from './memory.ts';
import type { Job, Message, PhaseJob } from './messages.ts';
import { nodePlatform } from './platform.ts';

const send = (message: Message) => process.send!(message);

async function phase(job: PhaseJob): Promise<void> {
  const { suite, filter, threads, quick, headlines, backends } = job;
  const expected = new Map(job.expected);
  await runPhase({
    platform: nodePlatform,
    cases: selectCases({
      suites: [suite],
      quick,
      headlines,
      threads,
      filter: filter === undefined ? undefined : new RegExp(filter, 'i'),
    }),
    threads,
    backends,
    expected,
    race: raceOptions('node', quick, threads),
    onRow: (row) => send({ kind: 'row', row }),
    onProgress: (message) => send({ kind: 'progress', message }),
  });
  send({ kind: 'expected', outputs: expected });
}

/**
 * onnxruntime-web puts a `Worker` into Node's global scope, and jax-js, whenever it compiles, takes one for a sign that
 * it may share its memory with threads: it would then not fit the memory that it made before. On one thread neither needs it.
 */
function hideWorkers(): void {
  Object.defineProperty(globalThis, 'Worker', { get: () => undefined, set: () => {} });
}

// A run that is cut off takes its measuring with it.
process.once('disconnect', () => process.exit());

process.once('message', async (job: Job) => {
  try {
    if (job.threads === 1) hideWorkers();
    if (job.kind === 'phase') await phase(job);
    else send({ kind: 'peak', bytes: await measurePeak(job) });
  } catch (error) {
    send({
      kind: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
  // Engines keep threads that would hold the process open for ever.
  process.disconnect();
  process.exit();
});
