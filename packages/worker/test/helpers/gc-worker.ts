import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { ShardEndpoint } from '@headwise/worker';
import { serveShard } from '@headwise/worker/shard';

// Shards whose garbage is collected on demand, so that the size of their heaps can be compared. Needs `--expose-gc`.

const started: Worker[] = [];

export function spawnGcWorker(): ShardEndpoint {
  const worker = new Worker(new URL(import.meta.url), { execArgv: [] });
  started.push(worker);
  return {
    start: (message, transfer) => worker.postMessage(message, transfer as never),
    onFailure: (listener) => void worker.on('error', listener),
    terminate: async () => void (await worker.terminate()),
  };
}

/** Collects the garbage of this thread and of all workers. Returns the bytes in use in their heaps. */
export async function collectGarbage(): Promise<{ main: number; workers: number }> {
  let workers = 0;
  for (const worker of started) {
    worker.postMessage('collect');
    const [bytes] = await once(worker, 'message');
    workers += bytes;
  }
  return { main: collectInThread(), workers };
}

function collectInThread(): number {
  gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  port.once('message', (start) => {
    serveShard(start);
    port.on('message', () => port.postMessage(collectInThread()));
  });
}
