import { checkOption, requireOptions } from '@headwise/core/internal';
import { FleetWorker } from './compute/worker.ts';
import { checkRedisUrl, WORK_OPTIONS, type WorkOptions } from './options.ts';
import { connectRedis } from './queue/connect-redis.ts';

/**
 * Computes shards of the runs in a Redis, for `runFleet` on this or another machine, until the signal aborts; then resolves when the shards that are being computed
 * are done. The paths of the corpus, of the directory of the results and of a local model must be those of the machine that called `runFleet`.
 *
 * Rejects with `FleetError` if there is no Redis, and with what keeps this machine from working on a run: its directory is not there, its model cannot be loaded or
 * computes other vectors.
 */
export async function workFleet(options: WorkOptions): Promise<void> {
  requireOptions('workFleet', options, WORK_OPTIONS);
  const { redis, workers = 1, lockDuration, signal, onNotice } = options;
  checkRedisUrl('workFleet', redis);
  checkOption('workFleet', 'workers', workers, 'count');
  if (signal?.aborted) return;
  const heard = onNotice && { onNotice };
  const queue = await connectRedis(redis, { ...heard, ...(lockDuration && { lockDuration }) });
  const worker = new FleetWorker({ workers, ...heard, ...(signal && { signal }) });
  try {
    queue.work(workers, (job) => worker.compute(job));
    await Promise.race([aborted(signal), worker.failed]);
  } finally {
    await queue.close();
    await worker.close();
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
