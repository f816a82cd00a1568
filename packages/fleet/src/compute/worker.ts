import { resolve } from 'node:path';
import { openCorpus, readShard } from '../corpus/open.ts';
import type { Corpus } from '../corpus/row.ts';
import { FleetError } from '../errors.ts';
import { directoryError, isLasting } from '../files.ts';
import { isShardDone, writeShard } from '../output/shard-files.ts';
import { type Plan, requirePlan } from '../plan/plan.ts';
import { messageOf, type ShardJob } from '../queue/queue.ts';
import { FleetEngine } from './engine.ts';

/** A run that this process works on. */
interface OpenRun {
  readonly plan: Plan;
  readonly corpus: Corpus;
  readonly engine: FleetEngine;
}

export interface FleetWorkerOptions {
  /** Threads. */
  readonly workers: number;
  readonly signal?: AbortSignal;
  readonly onNotice?: (notice: string) => void;
}

/** Computes shards of any runs in this process' threads, and writes them. The model of the last run stays loaded. */
export class FleetWorker {
  readonly #options: FleetWorkerOptions;
  readonly #runs = new Map<string, { opened: Promise<OpenRun>; jobs: number }>();
  readonly #failed: Promise<never>;
  #fail!: (error: unknown) => void;

  constructor(options: FleetWorkerOptions) {
    this.#options = options;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Who does not wait for it has another way to see the error.
    this.#failed.catch(() => {});
  }

  /**
   * Rejects when a run cannot be worked on here: its directory is not there or cannot be written to, its model cannot be loaded or is another. Such a worker must stop, or it would take shard
   * after shard from those that can compute them.
   */
  get failed(): Promise<never> {
    return this.#failed;
  }

  /** Computes and writes a shard, unless it is done. */
  async compute({ run: id, directory, shard }: ShardJob): Promise<void> {
    const run = this.#enter(id, directory);
    try {
      const { plan, corpus, engine } = await run.opened.catch((error: unknown) => this.#giveUp(error));
      // A job that was left from a run whose directory has another one since.
      if (plan.id !== id || shard >= plan.shards.length) return;
      if (await isShardDone(directory, plan, shard)) return;
      const rows = await readShard(corpus, plan.shards[shard]!);
      const vectors = await engine.compute(rows.map(({ text }) => text));
      await writeShard(directory, plan, shard, rows, vectors).catch((error: unknown) => {
        if (!isLasting(error)) throw error;
        // All others would be computed in vain.
        this.#giveUp(error instanceof FleetError ? error : directoryError(directory, error as Error));
      });
    } finally {
      run.jobs--;
    }
  }

  /** Ends the threads. No shard may be in work. */
  async close(): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((id) => this.#leave(id)));
  }

  /** Ends the work of this machine. Another may do it. */
  #giveUp(error: unknown): never {
    this.#fail(error);
    throw new FleetError('machine', `fleet: a machine cannot work on the run: ${messageOf(error)}`, {
      cause: error,
    });
  }

  #enter(id: string, directory: string) {
    const known = this.#runs.get(id);
    if (known) {
      known.jobs++;
      return known;
    }
    const idle = [...this.#runs].filter(([, { jobs }]) => jobs === 0).map(([other]) => other);
    const opened = Promise.all(idle.map((other) => this.#leave(other))).then(() => this.#open(directory));
    const run = { opened, jobs: 1 };
    this.#runs.set(id, run);
    return run;
  }

  async #open(directory: string): Promise<OpenRun> {
    const plan = await requirePlan(resolve(directory));
    const { path, format, textField, idField } = plan.settings.corpus;
    const fields = { text: textField, ...(idField !== undefined && { id: idField }) };
    const corpus = await openCorpus(path, format, fields);
    const { workers, signal, onNotice } = this.#options;
    const engine = await FleetEngine.start(directory, plan, workers, {
      ...(signal && { signal }),
      ...(onNotice && { onNotice }),
    });
    return { plan, corpus, engine };
  }

  async #leave(id: string): Promise<void> {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    const opened = await run?.opened.catch(() => undefined);
    opened?.corpus.close();
    await opened?.engine.close();
  }
}
