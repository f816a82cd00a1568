// A measuring process. Each number of threads has its own process: engines fix theirs when they start, and idle threads of a pool take time
// from others.
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
 * onnxruntime-web defines a global `Worker` in Node. If there is one, jax-js compiles for shared memory, which does not match the memory it
 * allocated before. With one thread neither needs it.
 */
function hideWorkers(): void {
  Object.defineProperty(globalThis, 'Worker', { get: () => undefined, set: () => {} });
}

// Ends with the parent process.
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
  // Engines' threads would keep the process alive.
  process.disconnect();
  process.exit();
});
