import { FleetError } from '../errors.ts';
import type { RedisQueue, RedisQueueOptions } from './redis-queue.ts';

/**
 * A queue in the Redis under this URL. BullMQ is imported here: runs in one process do without it.
 *
 * Rejects with `FleetError` if BullMQ or ioredis are not installed, if there is no Redis under the URL, or one that is too old.
 */
export async function connectRedis(url: string, options: RedisQueueOptions): Promise<RedisQueue> {
  const queue = await import('./redis-queue.ts').catch((error: unknown) => {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new FleetError(
      'queue',
      'fleet: a queue in Redis needs the packages bullmq 6 and ioredis 6, which are not installed: npm install bullmq@6 ioredis@6',
      { cause: error },
    );
  });
  return queue.RedisQueue.connect(url, options);
}
