import { setTimeout as sleep } from 'node:timers/promises';
import {
  ATTEMPTS,
  type FailedShard,
  FIRST_DELAY,
  isPermanent,
  messageOf,
  type ShardJob,
  type ShardQueue,
} from './queue.ts';

const keyOf = ({ run, shard }: ShardJob) => `${run} ${shard}`;

/** A queue in this process. */
export class MemoryQueue implements ShardQueue {
  readonly #waiting: ShardJob[] = [];
  readonly #known = new Set<string>();
  readonly #failed: (FailedShard & { readonly run: string })[] = [];
  readonly #workers: Promise<void>[] = [];
  readonly #closing = new AbortController();
  readonly #firstDelay: number;
  #wake: (() => void)[] = [];

  /** @param firstDelay milliseconds before a second attempt */
  constructor(firstDelay = FIRST_DELAY) {
    this.#firstDelay = firstDelay;
  }

  async add(jobs: readonly ShardJob[]): Promise<void> {
    for (const job of jobs) {
      if (this.#known.has(keyOf(job))) continue;
      this.#known.add(keyOf(job));
      this.#waiting.push(job);
    }
    this.#wakeAll();
  }

  work(concurrency: number, compute: (job: ShardJob) => Promise<void>): void {
    for (let i = 0; i < concurrency; i++) this.#workers.push(this.#loop(compute));
  }

  async left(): Promise<number> {
    return this.#known.size - this.#failed.length;
  }

  async failed(run: string): Promise<readonly FailedShard[]> {
    return this.#failed.filter((one) => one.run === run);
  }

  async forgetFailed(run: string): Promise<void> {
    for (const job of this.#failed.filter((one) => one.run === run)) {
      this.#known.delete(`${run} ${job.shard}`);
      this.#failed.splice(this.#failed.indexOf(job), 1);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wakeAll();
    await Promise.all(this.#workers);
  }

  async #loop(compute: (job: ShardJob) => Promise<void>): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const job = this.#waiting.shift();
      if (job) await this.#compute(job, compute);
      else await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async #compute(job: ShardJob, compute: (job: ShardJob) => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await compute(job);
        this.#known.delete(keyOf(job));
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        if (attempt === ATTEMPTS || isPermanent(error)) {
          this.#failed.push({ run: job.run, shard: job.shard, message: messageOf(error) });
          return;
        }
      }
      const delay = this.#firstDelay * 2 ** (attempt - 1);
      // Aborted when the queue closes.
      await sleep(delay, undefined, { signal: this.#closing.signal }).catch(() => {});
      if (this.#closing.signal.aborted) return;
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
