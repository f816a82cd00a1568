import type { DecoderEngine } from '@headwise/core/internal';
import { loadEncoder, type ParallelOptions, startDecoderEngine } from '@headwise/worker';
import type { BackendName } from '../row.ts';
import { decoderCheckpoint, decoderKey, prepareGeneration } from './decoders.ts';
import { prepareEmbeddings } from './embeddings.ts';
import { encoderFiles } from './encoder-files.ts';
import type { Engine } from './engine.ts';
import { Kept } from './kept.ts';
import type { Platform } from './platform.ts';

type Options = Pick<ParallelOptions, 'transport' | 'split'>;

/** Headwise's models with their heads in workers that exchange sums as they do by default. */
export function workers(platform: Platform, threads: number): Engine {
  return start(platform, threads, 'workers', {});
}

/** The same by messages, which need no special page. */
export function workersByMessages(platform: Platform, threads: number): Engine {
  return start(platform, threads, 'workers-messages', { transport: 'messages' });
}

/** The same through shared memory, which needs an isolated page. */
export function workersInSharedMemory(platform: Platform, threads: number): Engine {
  return start(platform, threads, 'workers-shared', { transport: 'shared' });
}

/** Whole models, one in each worker, which compute other texts. */
export function workersByBatch(platform: Platform, threads: number): Engine {
  return start(platform, threads, 'workers-batch', { split: 'batch' });
}

function start(platform: Platform, threads: number, name: BackendName, options: Options): Engine {
  const kept = new Kept<DecoderEngine>((engine) => engine.dispose());
  return {
    name,
    threads,
    async prepare(work) {
      if (work.kind === 'generate') {
        const load = async () => {
          const { config, checkpoint } = await decoderCheckpoint(platform, work);
          const plan = { kind: 'decoder', config } as const;
          return startDecoderEngine(plan, checkpoint, { workers: threads, dtype: work.dtype });
        };
        return prepareGeneration(await kept.get(decoderKey(work), load), work);
      }
      if (work.kind !== 'encoder' && work.kind !== 'batch') return undefined;
      const encoder = work.kind === 'batch' ? work.encoder : work;
      const files = await encoderFiles(platform, encoder);
      const model = await loadEncoder(files, { ...options, workers: threads, dtype: encoder.dtype });
      return prepareEmbeddings(model, work);
    },
    dispose: () => kept.drop(),
  };
}
