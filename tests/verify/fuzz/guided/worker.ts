import { parentPort, workerData } from 'node:worker_threads';
import type { FuzzInput } from '../../../../packages/core/test/fuzz/reader.ts';
import { MAX_BYTES, MAX_SECONDS, readInput } from '../../../../packages/core/test/fuzz/run-one.ts';
import { readers } from '../readers.ts';
import { Corpus, type Entry } from './corpus.ts';
import { hits, learn, reset, words } from './coverage.ts';

/** What a thread is given. Buffers are shared, so that the main thread sees where it is when it hangs. */
export interface Task {
  /** For each reader: inputs, values and refusals. */
  readonly counts: Float64Array<SharedArrayBuffer>;
  /** Reader and index of the input that is being read. */
  readonly state: Float64Array<SharedArrayBuffer>;
  /** For each reader: the branches that were seen. */
  readonly seen: Uint8Array<SharedArrayBuffer>;
  readonly seed: number;
  /** For each reader: the index of its next input, the inputs that it is given first, and those that showed something new. */
  readonly starts: readonly number[];
  readonly first: readonly (readonly FuzzInput[])[];
  readonly entries: readonly (readonly Entry[])[];
  /** Milliseconds for each reader in turn. */
  readonly slice: number;
  readonly only: number | undefined;
  readonly until: number;
  /** Whether nothing but the first inputs is read. */
  readonly isReplay: boolean;
}

export type Message =
  | { readonly kind: 'done' }
  | { readonly kind: 'new'; readonly r: number; readonly entry: Entry }
  | {
      readonly kind: 'error' | 'slow' | 'memory';
      readonly r: number;
      readonly index: number;
      readonly text?: string;
    };

const rss = () => process.memoryUsage.rss();

/** Reads inputs with the readers in turn, a slice of time each. */
export async function work(): Promise<void> {
  const task = workerData as Task;
  const { counts, state, seen, seed, starts, first, entries, slice, only, until, isReplay } = task;
  const post = (message: Message) => parentPort!.postMessage(message);
  const next = [...starts];
  const corpora = readers.map(
    (reader, r) => new Corpus(reader, { seed, words, first: first[r]!, entries: entries[r]! }),
  );
  const isOver = (r: number) => isReplay && next[r]! >= first[r]!.length;

  async function runSlice(r: number): Promise<void> {
    const reader = readers[r]!;
    const corpus = corpora[r]!;
    const seenHere = seen.subarray(r * hits.length, (r + 1) * hits.length);
    const end = Date.now() + slice * (reader.share ?? 1);
    let base = rss();
    for (let n = 0; Date.now() < end && Date.now() < until && !isOver(r); n++) {
      const index = next[r]!++;
      state[0] = r;
      state[1] = index;
      const input = corpus.inputAt(index);
      reset();
      const started = process.cpuUsage();
      const result = await readInput(reader, input);
      const { user, system } = process.cpuUsage(started);
      const entry = { input, isValue: result === 'value' };
      if (learn(seenHere) && corpus.add(entry)) post({ kind: 'new', r, entry });
      counts[3 * r]!++;
      if (result === 'value') counts[3 * r + 1]!++;
      else if (result === 'refused') counts[3 * r + 2]!++;
      else {
        const { error } = result;
        const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
        post({ kind: 'error', r, index, text: text.slice(0, 3000) });
      }
      if ((user + system) / 1e6 > MAX_SECONDS) post({ kind: 'slow', r, index });
      if (n % 64 === 0) {
        const now = rss();
        if (now - base > MAX_BYTES) post({ kind: 'memory', r, index });
        if (now > base) base = now;
        // Lets messages and timers through: readers of memory never wait.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  const turns = readers.flatMap((_, r) => (only === undefined || only === r ? [r] : []));
  while (Date.now() < until && !turns.every(isOver)) for (const r of turns) await runSlice(r);
  state[0] = -1;
  post({ kind: 'done' });
}
