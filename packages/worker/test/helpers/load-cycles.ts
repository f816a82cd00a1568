import { readdirSync } from 'node:fs';
import type { ModelSource } from '@headwise/core';
import * as core from '@headwise/core';
import * as worker from '@headwise/worker';
import { localShard } from './local-shard.ts';
import { tinyBert } from './tiny-bert.ts';
import { decoderFiles, seq2seqFiles } from './tiny-generators.ts';

/** What a process holds. Sizes are in bytes. */
export interface Held {
  readonly heap: number;
  readonly external: number;
  /** Timers, ports, sockets and workers that the event loop has. */
  readonly handles: number;
  readonly fileDescriptors: number;
}

/** The heap after garbage collection, and what is open. Needs `--expose-gc`. */
export async function held(): Promise<Held> {
  let [heap, external] = [Infinity, Infinity];
  for (let i = 0; i < 3; i++) {
    gc!();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const usage = process.memoryUsage();
    heap = Math.min(heap, usage.heapUsed);
    external = Math.min(external, usage.external);
  }
  const handles = process.getActiveResourcesInfo().length;
  const fileDescriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  return { heap, external, handles, fileDescriptors };
}

type Load = (source: ModelSource, options?: object) => Promise<{ dispose(): unknown }>;

/** Loads and disposes, loads what fails, and aborts a load. */
async function cycle(load: Load, source: ModelSource, options: object): Promise<void> {
  await (await load(source, options)).dispose();
  await fails(load({ ...(source as object), 'config.json': '{}' } as ModelSource, options));
  const controller = new AbortController();
  const aborted = load(source, { ...options, signal: controller.signal });
  setTimeout(() => controller.abort(), 1);
  await aborted.then(
    (model) => model.dispose(),
    () => {},
  );
}

async function fails(load: Promise<unknown>): Promise<void> {
  const loaded = await load.then(
    () => true,
    () => false,
  );
  if (loaded) throw new Error('expected a load that fails');
}

const local = { workers: 2, spawn: localShard };

/** One cycle of each loader: in this thread, over shards in this thread, and over workers. */
export const cycles: Readonly<Record<string, () => Promise<void>>> = {
  encoder: () => cycle(core.loadEncoder as Load, tinyBert(), {}),
  decoder: () => cycle(core.loadCausalLM as Load, decoderFiles('llama'), {}),
  'encoder–decoder': () => cycle(core.loadSeq2SeqLM as Load, seq2seqFiles('t5'), {}),
  'sharded encoder': () => cycle(worker.loadEncoder as Load, tinyBert(), local),
  'encoder, whole models': () => cycle(worker.loadEncoder as Load, tinyBert(), { ...local, split: 'batch' }),
  'sharded decoder': () => cycle(worker.loadCausalLM as Load, decoderFiles('llama'), local),
  'sharded encoder–decoder': () => cycle(worker.loadModel as Load, seq2seqFiles('t5'), local),
};

/** The same over workers, which take longer to start. */
export const workerCycles: typeof cycles = {
  'messages to workers': () =>
    cycle(worker.loadEncoder as Load, tinyBert(), { workers: 2, transport: 'messages' }),
  'memory shared with workers': () =>
    cycle(worker.loadCausalLM as Load, decoderFiles('llama'), { workers: 2, transport: 'shared' }),
};
