import type { Worker } from 'node:worker_threads';
import { expect, vi } from 'vitest';

const started = new Set<Worker>();

process.on('worker', (worker: Worker) => {
  started.add(worker);
  worker.once('exit', () => started.delete(worker));
});

/** The running worker threads, in the order in which they were started. */
export function threads(): Worker[] {
  return [...started];
}

/** Waits until no worker thread runs. */
export async function noThreads(): Promise<void> {
  await vi.waitFor(() => expect(threads()).toHaveLength(0), 5000);
}

/** Kills worker threads: mostly at once, which also kills replacements; at times, late enough for calls to succeed. */
export async function killAtRandom(kills: number, random: () => number): Promise<void> {
  for (let killed = 0; killed < kills; ) {
    await new Promise((resolve) => setTimeout(resolve, random() ** 8 * 300));
    const running = threads();
    const worker = running[Math.floor(random() * running.length)];
    if (!worker) continue;
    void worker.terminate();
    killed++;
  }
}
