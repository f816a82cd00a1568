import { parentPort, workerData } from 'node:worker_threads';
import { inputOf, MAX_BYTES, MAX_SECONDS, readInput } from '../../../packages/core/test/fuzz/run-one.ts';
import { readers } from './readers.ts';

/** Runs inputs of readers in turn, a slice of time each, and counts them where the main thread sees them. */
const { counts, state, seed, starts, slice, only, until } = workerData as {
  /** For each reader: inputs, values and refusals. */
  counts: Float64Array;
  /** Reader and index of the input that is being read. */
  state: Float64Array;
  seed: number;
  starts: readonly number[];
  slice: number;
  only: number | undefined;
  until: number;
};
const port = parentPort!;
const next = [...starts];
const rss = () => process.memoryUsage.rss();

async function runSlice(r: number): Promise<void> {
  const reader = readers[r]!;
  const end = Date.now() + slice * (reader.share ?? 1);
  let base = rss();
  for (let n = 0; Date.now() < end; n++) {
    const index = next[r]!++;
    state[0] = r;
    state[1] = index;
    const started = process.cpuUsage();
    const result = await readInput(reader, inputOf(reader, seed, index));
    counts[3 * r]!++;
    if (result === 'value') counts[3 * r + 1]!++;
    else if (result === 'refused') counts[3 * r + 2]!++;
    else {
      const { error } = result;
      const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
      port.postMessage({ reader: reader.name, index, kind: 'error', text: text.slice(0, 3000) });
    }
    const { user, system } = process.cpuUsage(started);
    if ((user + system) / 1e6 > MAX_SECONDS) port.postMessage({ reader: reader.name, index, kind: 'slow' });
    if (n % 64 === 0) {
      const now = rss();
      if (now - base > MAX_BYTES) port.postMessage({ reader: reader.name, index, kind: 'memory' });
      if (now > base) base = now;
      // Lets messages and timers through: readers of memory never wait.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

while (Date.now() < until) {
  for (let r = 0; r < readers.length && Date.now() < until; r++)
    if (only === undefined || only === r) await runSlice(r);
}
state[0] = -1;
port.postMessage({ kind: 'done' });
