import { MessageChannel, Worker } from 'node:worker_threads';
import { createBackend } from '@headwise/core';
import {
  encoderFromCheckpoint,
  encodeSteps,
  type ForwardContext,
  openEncoder,
  runSteps,
  type StepRequest,
  shardRange,
} from '@headwise/core/internal';
import { loadEncoder } from '@headwise/worker';
import type { ExchangeJob } from './exchange-worker.ts';

export type Files = ReadonlyMap<string, Uint8Array>;
export type Transport = 'messages' | 'shared';

/** A shard on this thread. */
export interface LocalShard {
  /** Computes the shard's part of a forward pass. */
  run(): void;
  /** Sums of partial results per forward pass. */
  readonly sums: number;
  readonly partBytes: number;
}

/** Loads the largest of `count` shards. It continues with its own partial results in place of sums, at the same cost. */
export async function localShard(files: Files, ids: Int32Array, count: number): Promise<LocalShard> {
  const { config, checkpoint } = await openEncoder('scaling', files, {});
  const backend = await createBackend();
  const heads = Array.from({ length: count }, (_, index) => {
    const { from, to } = shardRange(config.numAttentionHeads, { index, count });
    return to - from;
  });
  const shard = { index: heads.indexOf(Math.max(...heads)), count };
  const encoder = await encoderFromCheckpoint(config, checkpoint, backend, { shard, dtype: 'f32' });
  const offsets = Int32Array.of(0, ids.length);
  const run: ForwardContext = { backend, shard, offsets };
  const batch = { ids, typeIds: new Int32Array(ids.length), offsets };
  let [sums, partBytes] = [0, 0];
  const answer = (request: StepRequest) => {
    if (request.kind === 'activation') return request.value;
    sums++;
    partBytes = Math.max(partBytes, 4 * request.partial.shape.reduce((product, n) => product * n, 1));
    return request.partial;
  };
  const pass = () => {
    sums = 0;
    const close = backend.openScope();
    try {
      runSteps(encodeSteps(encoder, run, batch), answer);
    } finally {
      close();
    }
  };
  pass();
  return { run: pass, sums, partBytes };
}

/**
 * Slowdown of a shard while a worker computes too: the ratio of the best times.
 *
 * @param shard whose work is timed
 * @param text embedded by the worker meanwhile; takes longer than the shard's work
 */
export async function measureContention(shard: LocalShard, files: Files, text: string, turns: number) {
  const other = await loadEncoder(files, { workers: 1 });
  let [alone, together] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const time = () => {
    const start = performance.now();
    shard.run();
    return performance.now() - start;
  };
  for (let turn = 0; turn < turns; turn++) {
    alone = Math.min(alone, time());
    const busy = other.embed(text);
    // The worker has started by then.
    await new Promise((resolve) => setTimeout(resolve, 3));
    together = Math.min(together, time());
    await busy;
  }
  await other.dispose();
  return Math.max(1, together / alone);
}

/** Milliseconds of an exchange of `floats` values between two idle threads, with the addition. */
export async function measureExchange(transport: Transport, floats: number): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  const shared = transport === 'shared';
  const memory = shared ? new SharedArrayBuffer(128 + 16 * floats) : undefined;
  const threads = ([port1, port2] as const).map((port, index) => {
    const job = { index, floats, rounds: 20, batches: 100, port: shared ? undefined : port, memory };
    const workerData = job as ExchangeJob;
    const transferList = shared ? [] : [port];
    return new Promise<number[]>((resolve, reject) => {
      const worker = new Worker(new URL('exchange-worker.ts', import.meta.url), { workerData, transferList });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  const [times] = await Promise.all(threads);
  if (shared) port1.close();
  return Math.min(...times!);
}
