import { type JobsOptions, Queue, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import * as v from 'valibot';
import { checkRedis, redisError } from './check-redis.ts';
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
/** Workers of a shard that may be lost before it counts as the reason. */
const MAX_LOST_WORKERS = 20;

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
  readonly #url: string;
  readonly #client: Redis;
  readonly #queue: Queue<ShardJob>;
  readonly #options: RedisQueueOptions;
  #worker: Worker<ShardJob> | undefined;
  #isConnected = true;
  #isClosing = false;

  private constructor(url: string, client: Redis, options: RedisQueueOptions) {
    this.#url = url;
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
    return new RedisQueue(url, client, options);
  }

  async add(jobs: readonly ShardJob[]): Promise<void> {
    for (let at = 0; at < jobs.length; at += CHUNK) {
      // A job with the id of one that is there is none.
      await this.#answered(
        this.#queue.addBulk(
          jobs.slice(at, at + CHUNK).map((data) => ({
            name: 'shard',
            data,
            opts: { jobId: `${data.run}-${data.shard}` },
          })),
        ),
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
    const counts = await this.#answered(
      this.#queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized'),
    );
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async failed(run: string): Promise<readonly FailedShard[]> {
    const jobs = await this.#failedJobs(run);
    return jobs.map(({ data, failedReason }) => ({ shard: data.shard, message: failedReason }));
  }

  async forgetFailed(run: string): Promise<void> {
    for (const job of await this.#failedJobs(run)) await this.#answered(job.remove());
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#worker?.close();
    await this.#queue.close();
    this.#client.disconnect();
  }

  async #failedJobs(run: string) {
    const jobs = await this.#answered(this.#queue.getFailed());
    return jobs.filter((job) => job?.data.run === run);
  }

  /** Rejects with `FleetError` where Redis refuses a command. One that is out of reach is waited for. */
  async #answered<T>(command: Promise<T>): Promise<T> {
    return command.catch((error: Error) => {
      throw redisError(this.#url, error);
    });
  }

  /** Attempts to connect again are told once, by the loss. A job that another worker has taken over is done by that one. */
  readonly #onError = (error: Error): void => {
    if (this.#isConnected && !isOfConnection(error)) this.#options.onNotice?.(error.message);
  };
}

function isOfConnection({ message, code = '' }: Error & { code?: string }): boolean {
  return /^E[A-Z]+$/.test(code) || /connection/i.test(message);
}
