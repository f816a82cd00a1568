import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetWorker } from './compute/worker.ts';
import { FleetError } from './errors.ts';
import { checkFleetOptions, type FleetOptions, type FleetProgress } from './options.ts';
import { type FleetManifest, readManifest, writeManifest } from './output/manifest.ts';
import { removeBroken } from './output/repair.ts';
import { doneShards } from './output/shard-files.ts';
import { type Plan, planRun, settingsOf } from './plan/plan.ts';
import { connectRedis } from './queue/connect-redis.ts';
import { MemoryQueue } from './queue/memory-queue.ts';
import type { ShardJob, ShardQueue } from './queue/queue.ts';

/** Milliseconds between looks at the directory, and of them between looks at the queue. */
const INTERVAL = 500;
const QUEUE_INTERVAL = 5000;
/** Milliseconds without a shard that becomes done after which those that are left are added again. */
const QUIET = 60_000;
/** Shards that an error names. */
const SHOWN = 3;

/**
 * Embeds or classifies a corpus of any size: divides it into shards, hands them out, and resolves to the manifest of `out` when all are done. A run that was
 * interrupted, even by the loss of all processes and of Redis, goes on when it is called again with the same options.
 *
 * ```ts
 * const { width } = await runFleet('corpus.jsonl', { model: 'sentence-transformers/all-MiniLM-L6-v2', out: 'vectors' });
 * ```
 *
 * Rejects with `ConfigError` for invalid options, `LoadError` or `FormatError` for a corpus that cannot be read, `FleetError` for a run that cannot go on, and
 * the errors of core's `loadModel`.
 */
export async function runFleet(corpus: string, options: FleetOptions): Promise<FleetManifest> {
  checkFleetOptions(options);
  const { redis, workers = 1, lockDuration, signal, onNotice } = options;
  signal?.throwIfAborted();
  const directory = resolve(options.out);
  const plan = await planRun(directory, settingsOf(corpus, options), signal);
  await removeBroken(directory, plan, onNotice);
  const finished = await readManifest(directory);
  if (finished) return finished;
  const heard = onNotice && { onNotice };
  const queue =
    redis === undefined
      ? new MemoryQueue()
      : await connectRedis(redis, { ...heard, ...(lockDuration && { lockDuration }) });
  const worker = new FleetWorker({ workers, ...heard, ...(signal && { signal }) });
  try {
    if (workers > 0) queue.work(workers, (job) => worker.compute(job));
    await Promise.race([complete(directory, plan, queue, options), worker.failed]);
    return await writeManifest(directory, plan);
  } finally {
    await queue.close();
    await worker.close();
  }
}

/** Hands the shards of a run out until all are done. Rejects when the others are, if some failed for good. */
async function complete(
  directory: string,
  plan: Plan,
  queue: ShardQueue,
  { signal, onProgress }: FleetOptions,
): Promise<void> {
  const jobOf = (shard: number): ShardJob => ({ run: plan.id, directory, shard });
  const all = [...plan.shards.keys()];
  let [reported, lookedAt, interval, changedAt] = [-1, -Infinity, INTERVAL, -Infinity];
  await queue.forgetFailed(plan.id);
  for (;;) {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    const done = await doneShards(directory, plan);
    if (done.size !== reported) {
      onProgress?.(progressOf(plan, done));
      if (reported >= 0) changedAt = startedAt;
      reported = done.size;
    }
    if (done.size === all.length) return;
    if (startedAt - lookedAt > QUEUE_INTERVAL || done.size + 1 >= all.length) {
      lookedAt = startedAt;
      const failed = await queue.failed(plan.id);
      const hasFailed = new Set(failed.map(({ shard }) => shard));
      const pending = all.filter((shard) => !done.has(shard) && !hasFailed.has(shard));
      if (pending.length === 0) throw failure(plan, failed);
      // At the beginning, and when Redis has lost some: beside the shards of other runs that shows by their silence alone.
      if (startedAt - changedAt > QUIET || (await queue.left()) < pending.length) {
        await queue.add(pending.map(jobOf));
        changedAt = startedAt;
      }
    }
    // Many files take long to list.
    interval = Math.max(INTERVAL, 10 * (performance.now() - startedAt));
    await sleep(interval, undefined, signal && { signal }).catch(() => {});
  }
}

export function progressOf(plan: Plan, done: ReadonlySet<number>): FleetProgress {
  return {
    shards: plan.shards.length,
    shardsDone: done.size,
    rows: plan.corpus.rows,
    rowsDone: [...done].reduce((sum, shard) => sum + plan.shards[shard]!.rows, 0),
  };
}

function failure(plan: Plan, failed: readonly { shard: number; message: string }[]): FleetError {
  const shown = failed.slice(0, SHOWN).map(({ shard, message }) => {
    const { firstRow, rows } = plan.shards[shard]!;
    return `shard ${shard} (rows ${firstRow + 1} to ${firstRow + rows}): ${message}`;
  });
  const more = failed.length > SHOWN ? `; and ${failed.length - SHOWN} more` : '';
  return new FleetError(
    'shards',
    `fleet: ${failed.length} of ${plan.shards.length} shards failed: ${shown.join('; ')}${more}. The same call tries them again`,
  );
}
