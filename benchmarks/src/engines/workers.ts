import { loadModel, type ParallelOptions } from '@headwise/worker';
import type { BackendName } from '../row.ts';
import { prepareEmbeddings } from './embeddings.ts';
import { encoderFiles } from './encoder-files.ts';
import type { Engine } from './engine.ts';
import type { Platform } from './platform.ts';

/** Headwise's encoders with their heads in workers that exchange sums as they do by default. */
export function workers(platform: Platform, threads: number): Engine {
  return start(platform, threads, 'workers', 'auto');
}

/** The same by messages, which need no special page. */
export function workersByMessages(platform: Platform, threads: number): Engine {
  return start(platform, threads, 'workers-messages', 'messages');
}

/** The same through shared memory, which needs an isolated page. */
export function workersInSharedMemory(platform: Platform, threads: number): Engine {
  return start(platform, threads, 'workers-shared', 'shared');
}

function start(
  platform: Platform,
  threads: number,
  name: BackendName,
  transport: NonNullable<ParallelOptions['transport']>,
): Engine {
  return {
    name,
    threads,
    async prepare(work) {
      if (work.kind !== 'encoder' && work.kind !== 'batch') return undefined;
      const encoder = work.kind === 'batch' ? work.encoder : work;
      const files = await encoderFiles(platform, encoder);
      const model = await loadModel(files, { workers: threads, transport, dtype: encoder.dtype });
      return prepareEmbeddings(model, work);
    },
  };
}
