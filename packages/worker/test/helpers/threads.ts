import type { Worker } from 'node:worker_threads';

const started = new Set<Worker>();

process.on('worker', (worker: Worker) => {
  started.add(worker);
  worker.once('exit', () => started.delete(worker));
});

/** The running worker threads, in the order in which they were started. */
export function threads(): Worker[] {
  return [...started];
}
