import { LocalEngine } from '../engine/local-encoder-engine.ts';
import { encoderFromCheckpoint } from '../models/encoders/registry.ts';
import { checkOptions } from '../options.ts';
import { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import { isEmbedder } from './embedder-kind.ts';
import { COMPUTE_OPTIONS, type ComputeOptions, loadWeights } from './load-weights.ts';
import { withSource } from './model-source.ts';
import {
  OPEN_ENCODER_OPTIONS,
  type OpenEncoderOptions,
  openEncoder,
  openEncoderSource,
} from './open-encoder.ts';
import type { ModelRepository } from './open-repository.ts';
import type { SingleFileModel } from './single-file-model.ts';
import { startLoading } from './start-loading.ts';

/** Options of {@link loadEncoder}. */
export interface LoadEncoderOptions extends OpenEncoderOptions, ComputeOptions {}

/**
 * Loads an encoder (BERT, DistilBERT, RoBERTa, XLM-RoBERTa, CamemBERT, ELECTRA, MPNet, ModernBERT, NomicBERT, GTE, ALBERT, DeBERTa v2 and v3,
 * JinaBERT v2) with its task heads from a directory, a URL, a hub or files in memory, or a BERT or NomicBERT from a GGUF file, to run in this
 * thread.
 *
 * ```ts
 * const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');
 * const vector = await model.embed('I drank coffee.');
 * ```
 *
 * Rejects with `LoadError` for files and tensors that are missing, `FormatError` for broken ones, `ConfigError` for what Headwise does
 * not support, and with the signal's reason when it is aborted. On failure, everything loaded so far is released.
 */
export async function loadEncoder(
  source: ModelSource,
  options: LoadEncoderOptions = {},
): Promise<EncoderModel> {
  checkOptions('loadEncoder', options, OPEN_ENCODER_OPTIONS, COMPUTE_OPTIONS);
  return startLoading('loadEncoder', options, (options) => loadEncoderFrom('loadEncoder', source, options));
}

/** {@link loadEncoder} as part of the function `task`, which may have opened the repository already. */
export async function loadEncoderFrom(
  task: string,
  source: ModelSource,
  options: LoadEncoderOptions,
  repository?: ModelRepository | SingleFileModel,
): Promise<EncoderModel> {
  const opened = repository ?? (await openEncoderSource(source, options));
  if ('files' in opened && (await isEmbedder(opened))) {
    const { loadEmbedder } = await import('./load-embedder.ts');
    const { config, tokenizer, engine, settings } = await loadEmbedder(task, opened, options);
    return withSource(new EncoderModel(config, tokenizer, engine, settings), source, options);
  }
  const { files, backend, network, dtype } = await loadWeights(
    task,
    options,
    () => openEncoder(task, source, options, opened),
    ({ config, checkpoint }, backend, plan) => encoderFromCheckpoint(config, checkpoint, backend, plan),
  );
  const engine = new LocalEngine(backend, network, dtype);
  return withSource(new EncoderModel(files.config, files.tokenizer, engine, files.settings), source, options);
}
