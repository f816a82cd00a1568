import { type Backend, type BackendName, createBackend, loadEncoder } from '@headwise/core';
import type { LocalDecoderEngine } from '@headwise/core/internal';
import { dtypeOf, type GenerateWork, type Work } from '../cases/work.ts';
import { decoderKey, loadDecoderEngine, prepareGeneration } from './decoders.ts';
import { prepareEmbeddings } from './embeddings.ts';
import { encoderFiles } from './encoder-files.ts';
import type { Engine, Prepared } from './engine.ts';
import { Kept } from './kept.ts';
import { prepareOperation } from './operations.ts';
import type { Platform } from './platform.ts';

/** One of Headwise's own backends, on one thread. */
export async function ours(platform: Platform, name: BackendName): Promise<Engine> {
  const backend = await createBackend(name);
  const kept = new Kept<LocalDecoderEngine>((engine) => engine.dispose());
  const prepare = (work: Work) => {
    // The reference computes in floats for every weight type: its f32 row is enough.
    if (name === 'reference' && dtypeOf(work) !== 'f32') return undefined;
    if (work.kind === 'generate') return prepareKept(platform, backend, kept, work);
    return prepareOurs(platform, backend, work);
  };
  return { name, threads: 1, prepare, dispose: () => kept.drop() };
}

/** The prompt and the tokens after it are two cases of one model, which takes long to load. */
async function prepareKept(
  platform: Platform,
  backend: Backend,
  kept: Kept<LocalDecoderEngine>,
  work: GenerateWork,
): Promise<Prepared> {
  const load = () => loadDecoderEngine(platform, backend, work);
  return prepareGeneration(await kept.get(decoderKey(work), load), work);
}

/** Makes work ready on a backend of ours. */
export async function prepareOurs(platform: Platform, backend: Backend, work: Work): Promise<Prepared> {
  if (work.kind === 'generate') {
    const engine = await loadDecoderEngine(platform, backend, work);
    return { ...(await prepareGeneration(engine, work)), dispose: () => engine.dispose() };
  }
  if (work.kind !== 'encoder' && work.kind !== 'batch') return prepareOperation(backend, work);
  const encoder = work.kind === 'batch' ? work.encoder : work;
  const model = await loadEncoder(await encoderFiles(platform, encoder), { backend, dtype: encoder.dtype });
  return prepareEmbeddings(model, work);
}
