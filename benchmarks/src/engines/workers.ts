import type { DecoderEngine } from '@headwise/core/internal';
import { loadEncoder, type ParallelEncoderOptions, startDecoderEngine } from '@headwise/worker';
import type { BackendName } from '../row.ts';
import { decoderCheckpoint, decoderKey, prepareGeneration } from './decoders.ts';
import { prepareEmbeddings } from './embeddings.ts';
import { encoderFiles } from './encoder-files.ts';
import type { Engine } from './engine.ts';
import type { Platform } from './platform.ts';
import { SingleEntryCache } from './single-entry-cache.ts';
import { prepareOwnSpeech, type SpeechEngine, startSpeechEngine } from './speech/ours.ts';

type Options = Pick<ParallelEncoderOptions, 'transport' | 'split'>;

type StartEngine = (platform: Platform, threads: number) => Engine;

const engine =
  (name: BackendName, options: Options): StartEngine =>
  (platform, threads) =>
    start(platform, threads, name, options);

/** Heads sharded over workers, with the default transport. */
export const workers = engine('workers', {});
export const workersByMessages = engine('workers-messages', { transport: 'messages' });
/** Needs shared memory, in browsers a cross-origin isolated page. */
export const workersInSharedMemory = engine('workers-shared', { transport: 'shared' });
/** A whole model in each worker: texts are distributed. */
export const workersByBatch = engine('workers-batch', { split: 'batch' });

function start(platform: Platform, threads: number, name: BackendName, options: Options): Engine {
  const loaded = new SingleEntryCache<DecoderEngine>((engine) => engine.dispose());
  const speech = new SingleEntryCache<SpeechEngine>(({ engine }) => engine.dispose());
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
        return prepareGeneration(await loaded.get(decoderKey(work), load), work);
      }
      if (work.kind === 'speech') {
        const load = () => speech.get(work.dtype, () => startSpeechEngine(platform, threads, work.dtype));
        return prepareOwnSpeech(platform, load, work);
      }
      if (work.kind !== 'encoder' && work.kind !== 'batch') return undefined;
      const encoder = work.kind === 'batch' ? work.encoder : work;
      const files = await encoderFiles(platform, encoder);
      const model = await loadEncoder(files, { ...options, workers: threads, dtype: encoder.dtype });
      return prepareEmbeddings(model, work);
    },
    async dispose() {
      await loaded.clear();
      await speech.clear();
    },
  };
}
