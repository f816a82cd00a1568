import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { ShardEndpoint } from '@headwise/worker';
import { serveShard } from '@headwise/worker/shard';

// Shards whose garbage is collected on demand: left alone, a worker's heap grows until its collector sees reason to run. Needs
// `--expose-gc`.

const started: Worker[] = [];

export function spawnCollecting(): ShardEndpoint {
  const worker = new Worker(new URL(import.meta.url), { execArgv: [] });
  started.push(worker);
  return {
    start: (message, transfer) => worker.postMessage(message, transfer as never),
    onFailure: (listener) => void worker.on('error', listener),
    terminate: async () => void (await worker.terminate()),
  };
}

/** Collects the garbage of this thread and of all workers. Gives the bytes that are left in their heaps. */
export async function collect(): Promise<{ main: number; workers: number }> {
  let workers = 0;
  for (const worker of started) {
    worker.postMessage('collect');
    const [bytes] = await once(worker, 'message');
    workers += bytes;
  }
  return { main: collectHere(), workers };
}

function collectHere(): number {
  gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  port.once('message', (start) => {
    serveShard(start);
    port.on('message', () => port.postMessage(collectHere()));
  });
}
