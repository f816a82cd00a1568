import { DecoderEmbeddingEngine } from '../engine/decoder-embedding-engine.ts';
import { LocalDecoderEngine } from '../engine/local-decoder-engine.ts';
import { StaticEngine } from '../engine/static-engine.ts';
import { decoderFromCheckpoint } from '../models/decoders/registry.ts';
import { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import { type ComputeOptions, loadWeights } from './load-weights.ts';
import { openEmbedder } from './open-embedder.ts';
import type { OpenEncoderOptions } from './open-encoder.ts';
import type { ModelRepository } from './open-repository.ts';

/** Loads a decoder or static embeddings as an encoder. */
export async function loadEmbedder(
  task: string,
  repository: ModelRepository,
  options: OpenEncoderOptions & ComputeOptions,
): Promise<EncoderModel> {
  const opened = await openEmbedder(task, repository, options);
  const { config, tokenizer, settings } = opened;
  if (opened.kind === 'static') {
    options.signal?.throwIfAborted();
    opened.finish();
    return new EncoderModel(config, tokenizer, new StaticEngine(opened.table, config.hiddenSize), settings);
  }
  const { files, backend, network } = await loadWeights(
    task,
    options,
    async () => opened,
    (files, backend, plan) => decoderFromCheckpoint(files.config, files.checkpoint, backend, plan),
  );
  const engine = new DecoderEmbeddingEngine(new LocalDecoderEngine(backend, network), files.head);
  return new EncoderModel(config, tokenizer, engine, settings);
}
