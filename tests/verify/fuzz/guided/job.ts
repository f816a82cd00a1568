import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FuzzInput } from '../../../../packages/core/test/fuzz/reader.ts';
import { MAX_BYTES, MAX_SECONDS } from '../../../../packages/core/test/fuzz/run-one.ts';
import { readers } from '../readers.ts';
import { Corpus } from './corpus.ts';
import { branchesOf, hits, words } from './coverage.ts';
import { fileNameOf, toJson } from './input-file.ts';
import type { Finding, Log } from './log.ts';
import type { Message, Task } from './worker.ts';

export interface JobOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Ends after as many inputs. */
  readonly inputs: number;
  /** Index of the only reader. */
  readonly only: number | undefined;
  /** Whether nothing but the first inputs is read. */
  readonly isReplay: boolean;
  /** For each reader, the inputs that it is given first. */
  readonly first: readonly (readonly FuzzInput[])[];
  /** Folder of the findings. */
  readonly out: string;
}

/** Reads inputs in a thread for a while, and reports those that neither give a value nor are refused, or take too long. */
export async function runJob(
  options: JobOptions,
): Promise<{ log: Log; corpora: readonly (readonly FuzzInput[])[] }> {
  const { seed, seconds, inputs, only, isReplay, first, out } = options;
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  const counts = new Float64Array(shared(24 * readers.length));
  const state = new Float64Array(shared(16));
  const seen = new Uint8Array(shared(hits.length * readers.length));
  const starts = readers.map(() => 0);
  // The same entries as the thread's, which it would lose where it is ended.
  const corpora = readers.map((reader, r) => new Corpus(reader, { seed, words, first: first[r]! }));
  const findings = new Map<string, Finding & { count: number }>();
  const started = Date.now();
  const until = started + 1000 * seconds;
  // Every reader has two turns at least, of a second at most.
  const shares = readers.reduce((sum, { share = 1 }) => sum + share, 0);
  const slice = Math.min(1000, Math.max(20, (500 * seconds) / shares));
  const total = () => readers.reduce((sum, _, r) => sum + counts[3 * r]!, 0);

  function report(r: number, index: number, kind: string, text = ''): void {
    const reader = readers[r]!.name;
    // Errors of one place count as one.
    const lines = text.split('\n');
    const places = lines.filter((line) => /^\s+at /.test(line)).slice(0, 3);
    const key = [reader, kind, lines[0]!.split(':')[0], ...places].join(' ');
    const known = findings.get(key);
    if (known) {
      known.count++;
      return;
    }
    const finding = { reader, seed, index, kind, text, count: 1 };
    findings.set(key, finding);
    console.log(`${reader} ${seed} ${index}: ${kind} ${text}`);
    mkdirSync(out, { recursive: true });
    writeFileSync(
      join(out, `${fileNameOf(reader)}-${seed}-${index}.json`),
      JSON.stringify({ ...finding, input: toJson(corpora[r]!.inputAt(index)) }, null, 1),
    );
  }

  /** Runs a thread until it is done, or stops it at an input that hangs. */
  const runThread = () =>
    new Promise<boolean>((resolve) => {
      const entries = corpora.map((corpus) => corpus.entries);
      const task: Task = { counts, state, seen, seed, starts, first, entries, slice, only, until, isReplay };
      const worker = new Worker(new URL(import.meta.url), {
        workerData: task,
        resourceLimits: { maxOldGenerationSizeMb: 1024 },
      });
      let at = '';
      let cpu = process.cpuUsage();
      let isDone = false;
      const stop = (kind: string) => {
        report(state[0]!, state[1]!, kind);
        void worker.terminate();
      };
      const watch = setInterval(() => {
        const now = `${state[0]} ${state[1]}`;
        if (now !== at) {
          at = now;
          cpu = process.cpuUsage();
        } else {
          const { user, system } = process.cpuUsage(cpu);
          if ((user + system) / 1e6 > MAX_SECONDS) stop('hangs');
        }
        if (process.memoryUsage.rss() > 3 * MAX_BYTES) stop('memory');
        if (total() >= inputs) {
          isDone = true;
          void worker.terminate();
        }
      }, 100);
      worker.on('message', (message: Message) => {
        if (message.kind === 'done') isDone = true;
        else if (message.kind === 'new') corpora[message.r]!.add(message.entry);
        else report(message.r, message.index, message.kind, message.text);
      });
      worker.on('error', (error) => {
        if (state[0]! < 0) throw error;
        report(state[0]!, state[1]!, 'crash', String(error));
      });
      worker.on('exit', () => {
        clearInterval(watch);
        for (const [r] of readers.entries()) starts[r] = Math.max(starts[r]!, counts[3 * r]!);
        if (state[0]! >= 0) starts[state[0]!] = Math.max(starts[state[0]!]!, state[1]! + 1);
        resolve(isDone);
      });
    });

  state[0] = -1;
  const beats = setInterval(
    () => console.log(`${new Date().toISOString()} seed ${seed}: ${total()} inputs`),
    60_000,
  );
  while (!(await runThread()) && Date.now() < until);
  clearInterval(beats);
  const log: Log = {
    node: process.version,
    seeds: [seed],
    seconds: Math.round((Date.now() - started) / 1000),
    inputs: total(),
    findings: [...findings.values()],
    readers: readers.map(({ name }, r) => ({
      name,
      inputs: counts[3 * r]!,
      values: counts[3 * r + 1]!,
      refused: counts[3 * r + 2]!,
      branches: branchesOf(seen.subarray(r * hits.length, (r + 1) * hits.length)),
      corpus: corpora[r]!.entries.length,
    })),
  };
  return { log, corpora: corpora.map(({ entries }) => entries.map(({ input }) => input)) };
}
