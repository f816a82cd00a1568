import { DecoderEmbeddingEngine } from '../engine/decoder-embedding-engine.ts';
import type { EmbedderConfig } from '../engine/embedder-config.ts';
import type { Engine } from '../engine/encoder-engine.ts';
import { LocalDecoderEngine } from '../engine/local-decoder-engine.ts';
import { StaticEngine } from '../engine/static-engine.ts';
import { decoderFromCheckpoint } from '../models/decoders/registry.ts';
import type { SentenceSettings } from '../models/encoders/pooling.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { type ComputeOptions, loadWeights } from './load-weights.ts';
import { openEmbedder } from './open-embedder.ts';
import type { OpenEncoderOptions } from './open-encoder.ts';
import type { ModelRepository } from './open-repository.ts';

/** The parts of an `EncoderModel`: its class is in the caller's code already. */
export interface EmbedderParts {
  readonly config: EmbedderConfig;
  readonly tokenizer: Tokenizer;
  readonly settings: SentenceSettings;
  readonly engine: Engine;
}

/** Loads a decoder or static embeddings as an encoder. */
export async function loadEmbedder(
  task: string,
  repository: ModelRepository,
  options: OpenEncoderOptions & ComputeOptions,
): Promise<EmbedderParts> {
  const opened = await openEmbedder(task, repository, options);
  const { config, tokenizer, settings } = opened;
  if (opened.kind === 'static') {
    options.signal?.throwIfAborted();
    opened.finish();
    const engine = new StaticEngine(opened.table, opened.config.hiddenSize);
    return { config, tokenizer, engine, settings };
  }
  const { files, backend, network, dtype } = await loadWeights(
    task,
    options,
    async () => opened,
    (files, backend, plan) => decoderFromCheckpoint(files.config, files.checkpoint, backend, plan),
  );
  const engine = new DecoderEmbeddingEngine(new LocalDecoderEngine(backend, network, dtype), files.head);
  return { config, tokenizer, engine, settings };
}
