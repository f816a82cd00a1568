import { type Backend, type BackendName, createBackend, loadEncoder } from '@headwise/core';
import type { LocalDecoderEngine } from '@headwise/core/internal';
import { dtypeOf, type GenerateWork, type Work } from '../cases/work.ts';
import { prepareGreedy } from './calls.ts';
import { decoderKey, loadDecoderEngine, prepareGeneration } from './decoders.ts';
import { prepareEmbeddings } from './embeddings.ts';
import { encoderFiles } from './encoder-files.ts';
import type { Engine, Prepared } from './engine.ts';
import { prepareStream } from './gguf/stream.ts';
import { prepareOperation } from './operations.ts';
import type { Platform } from './platform.ts';
import { SingleEntryCache } from './single-entry-cache.ts';
import { loadSpeechEngine, prepareOwnSpeech, type SpeechEngine } from './speech/ours.ts';
import { prepareTokenizer } from './tokenizers.ts';
import { prepareOwnTraining } from './train/ours.ts';

/** A backend of Headwise on one thread. */
export async function ours(platform: Platform, name: BackendName): Promise<Engine> {
  const backend = await createBackend(name);
  const loaded = new SingleEntryCache<LocalDecoderEngine>((engine) => engine.dispose());
  const speech = new SingleEntryCache<SpeechEngine>(({ engine }) => engine.dispose());
  const prepare = (work: Work) => {
    // The reference computes in floats for every weight type: its f32 row is enough.
    if (name === 'reference' && dtypeOf(work) !== 'f32') return undefined;
    if (work.kind === 'generate') return prepareCached(platform, backend, loaded, work);
    if (work.kind === 'speech') {
      const load = () => speech.get(work.dtype, () => loadSpeechEngine(platform, backend, work.dtype));
      return prepareOwnSpeech(platform, load, work);
    }
    return prepareOurs(platform, backend, work);
  };
  const dispose = async () => {
    await loaded.clear();
    await speech.clear();
  };
  return { name, threads: 1, prepare, dispose };
}

/** Two cases share each model, which takes long to load. */
async function prepareCached(
  platform: Platform,
  backend: Backend,
  loaded: SingleEntryCache<LocalDecoderEngine>,
  work: GenerateWork,
): Promise<Prepared> {
  const load = () => loadDecoderEngine(platform, backend, work);
  return prepareGeneration(await loaded.get(decoderKey(work), load), work);
}

/** Prepares any work on a backend of Headwise. */
export async function prepareOurs(platform: Platform, backend: Backend, work: Work): Promise<Prepared> {
  if (work.kind === 'generate') {
    const engine = await loadDecoderEngine(platform, backend, work);
    return { ...(await prepareGeneration(engine, work)), dispose: () => engine.dispose() };
  }
  if (work.kind === 'speech') {
    const loaded = await loadSpeechEngine(platform, backend, work.dtype);
    const prepared = await prepareOwnSpeech(platform, async () => loaded, work);
    return { ...prepared!, dispose: () => loaded.engine.dispose() };
  }
  if (work.kind === 'greedy') return prepareGreedy(platform, backend, work);
  if (work.kind === 'stream') return prepareStream(platform, backend, work);
  if (work.kind === 'tokenize') return prepareTokenizer(platform, work);
  if (work.kind === 'train') return prepareOwnTraining(backend, work);
  if (work.kind !== 'encoder' && work.kind !== 'batch') return prepareOperation(backend, work);
  const encoder = work.kind === 'batch' ? work.encoder : work;
  const model = await loadEncoder(await encoderFiles(platform, encoder), { backend, dtype: encoder.dtype });
  return prepareEmbeddings(model, work);
}
