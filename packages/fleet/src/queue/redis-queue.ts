import { type JobsOptions, Queue, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import * as v from 'valibot';
import { FleetError } from '../errors.ts';
import {
  ATTEMPTS,
  type FailedShard,
  FIRST_DELAY,
  isPermanent,
  messageOf,
  ShardJob,
  type ShardQueue,
} from './queue.ts';

/** The queue of all runs, under this prefix of Redis' keys. */
const QUEUE = 'shards';
const PREFIX = 'headwise-fleet';
/** Jobs that are added by one call. */
const CHUNK = 1000;
/** Milliseconds after which a Redis that does not answer counts as out of reach. */
const CONNECT_TIMEOUT = 10_000;
/** Workers of a shard that may be lost before it counts as the reason. */
const MAX_LOST_WORKERS = 20;
const MIN_VERSION = [6, 2] as const;

const JOB: JobsOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: FIRST_DELAY },
  // The results are files; Redis need not remember what is done.
  removeOnComplete: true,
};

export interface RedisQueueOptions {
  /** Milliseconds after which a worker that has not renewed its lock counts as lost. Default: 30,000. */
  readonly lockDuration?: number;
  readonly onNotice?: (notice: string) => void;
}

/** A queue in Redis, by BullMQ, for any number of processes and machines. */
export class RedisQueue implements ShardQueue {
  readonly #client: Redis;
  readonly #queue: Queue<ShardJob>;
  readonly #options: RedisQueueOptions;
  #worker: Worker<ShardJob> | undefined;
  #isConnected = true;
  #isClosing = false;

  private constructor(client: Redis, options: RedisQueueOptions) {
    this.#client = client;
    this.#options = options;
    this.#queue = new Queue<ShardJob>(QUEUE, { connection: client, prefix: PREFIX, defaultJobOptions: JOB });
    this.#queue.on('error', this.#onError);
    client.on('error', this.#onError);
    client.on('close', () => {
      if (this.#isConnected && !this.#isClosing) options.onNotice?.('the connection with Redis is lost');
      this.#isConnected = false;
    });
    client.on('ready', () => {
      if (!this.#isConnected) options.onNotice?.('connected with Redis again');
      this.#isConnected = true;
    });
  }

  /** Rejects with `FleetError` if there is no Redis under the URL, or one that is too old. A connection that is lost later is tried again for ever. */
  static async connect(url: string, options: RedisQueueOptions = {}): Promise<RedisQueue> {
    await checkRedis(url);
    const client = new Redis(url, { maxRetriesPerRequest: null });
    return new RedisQueue(client, options);
  }

  async add(jobs: readonly ShardJob[]): Promise<void> {
    for (let at = 0; at < jobs.length; at += CHUNK) {
      // A job with the id of one that is there is none.
      await this.#queue.addBulk(
        jobs.slice(at, at + CHUNK).map((data) => ({
          name: 'shard',
          data,
          opts: { jobId: `${data.run}-${data.shard}` },
        })),
      );
    }
  }

  work(concurrency: number, compute: (job: ShardJob) => Promise<void>): void {
    const { lockDuration = 30_000, onNotice } = this.#options;
    const worker = new Worker<ShardJob>(
      QUEUE,
      async ({ data }) => {
        const { success, output } = v.safeParse(ShardJob, data);
        if (!success) throw new UnrecoverableError('no job of this version of Headwise');
        try {
          await compute(output);
        } catch (error) {
          throw isPermanent(error) ? new UnrecoverableError(messageOf(error)) : error;
        }
      },
      {
        connection: this.#client,
        prefix: PREFIX,
        concurrency,
        lockDuration,
        stalledInterval: lockDuration,
        maxStalledCount: MAX_LOST_WORKERS,
      },
    );
    worker.on('error', this.#onError);
    worker.on('failed', (job, error) => {
      if (job && job.attemptsMade < ATTEMPTS && !(error instanceof UnrecoverableError))
        onNotice?.(`shard ${job.data.shard} is tried again: ${error.message}`);
    });
    worker.on('stalled', (id) => onNotice?.(`the worker of shard ${id.split('-').at(-1)} was lost`));
    this.#worker = worker;
  }

  async left(): Promise<number> {
    const counts = await this.#queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async failed(run: string): Promise<readonly FailedShard[]> {
    const jobs = await this.#failedJobs(run);
    return jobs.map(({ data, failedReason }) => ({ shard: data.shard, message: failedReason }));
  }

  async forgetFailed(run: string): Promise<void> {
    for (const job of await this.#failedJobs(run)) await job.remove();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#worker?.close();
    await this.#queue.close();
    this.#client.disconnect();
  }

  async #failedJobs(run: string) {
    const jobs = await this.#queue.getFailed();
    return jobs.filter((job) => job?.data.run === run);
  }

  /** Attempts to connect again are told once, by the loss. A job that another worker has taken over is done by that one. */
  readonly #onError = (error: Error): void => {
    if (this.#isConnected && !isOfConnection(error)) this.#options.onNotice?.(error.message);
  };
}

function isOfConnection({ message, code = '' }: Error & { code?: string }): boolean {
  return /^E[A-Z]+$/.test(code) || /connection/i.test(message);
}

/** Connects once, without trying again. */
async function checkRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: CONNECT_TIMEOUT,
    commandTimeout: CONNECT_TIMEOUT,
  });
  // What is wrong is told by the event, not by the rejection.
  let reason: Error | undefined;
  client.on('error', (error: Error) => {
    reason ??= error;
  });
  const refused = (why: string, cause?: Error) =>
    new FleetError('queue', `fleet: cannot use the Redis at ${shown(url)}: ${why}`, cause && { cause });
  try {
    await client.connect();
    const [, version = '0'] = /redis_version:(\S+)/.exec(await client.info('server')) ?? [];
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1])) return;
    throw refused(`it is Redis ${version}, and ${MIN_VERSION.join('.')} or newer is needed`);
  } catch (error) {
    if (error instanceof FleetError) throw error;
    const cause = reason ?? (error as Error);
    throw refused(cause.message, cause);
  } finally {
    client.disconnect();
  }
}

/** A URL without its password. */
function shown(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
