import { extendBackend } from '../backend/create.ts';
import {
  parseRecurrentSeq2SeqConfig,
  recurrentSeq2SeqFromCheckpoint,
} from '../models/recurrent/recurrent-seq2seq.ts';
import { checkOptions } from '../options.ts';
import { RecurrentSeq2Seq } from '../tasks/recurrent-seq2seq/recurrent-seq2seq.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import { COMPUTE_OPTIONS, loadWeights } from './load-weights.ts';
import { withSource } from './model-source.ts';
import { type LoadGeneratorOptions, OPEN_GENERATOR_OPTIONS, openGenerator } from './open-generator.ts';
import type { ModelRepository } from './open-repository.ts';
import { startLoading } from './start-loading.ts';

/**
 * Loads a recurrent encoder–decoder (`model_type` `recurrent_seq2seq`) from a directory, a URL, a hub or files in memory, to generate in this
 * thread. `model.safetensors` has the names of the state dict of `Seq2Seq` of `@headwise/core/nn`.
 *
 * ```ts
 * const model = await loadRecurrentSeq2Seq('./models/dates-attention');
 * const { text } = await model.generate('November 28, 2029');
 * ```
 *
 * Rejects with `LoadError` for files and tensors that are missing, `FormatError` for broken ones, `ConfigError` and `ShapeError` for a configuration
 * that is invalid or does not fit the tensors, and with the signal's reason when it is aborted. On failure, everything loaded so far is released.
 */
export async function loadRecurrentSeq2Seq(
  source: ModelSource,
  options: LoadGeneratorOptions = {},
): Promise<RecurrentSeq2Seq> {
  checkOptions('loadRecurrentSeq2Seq', options, OPEN_GENERATOR_OPTIONS, COMPUTE_OPTIONS);
  return startLoading('loadRecurrentSeq2Seq', options, (options) =>
    loadRecurrentSeq2SeqFrom('loadRecurrentSeq2Seq', source, options),
  );
}

/** {@link loadRecurrentSeq2Seq} as part of the function `task`, which may have opened the repository already. */
export async function loadRecurrentSeq2SeqFrom(
  task: string,
  source: ModelSource,
  options: LoadGeneratorOptions,
  repository?: ModelRepository,
): Promise<RecurrentSeq2Seq> {
  const { files, backend, network, dtype } = await loadWeights(
    task,
    options,
    async () => {
      const generator = await openGenerator(task, 'recurrentSeq2Seq', source, options, repository);
      return { ...generator, config: parseRecurrentSeq2SeqConfig(generator.configJson) };
    },
    async ({ config, checkpoint }, backend, plan) => {
      await extendBackend(backend);
      return recurrentSeq2SeqFromCheckpoint(config, checkpoint, backend, plan);
    },
  );
  return withSource(
    new RecurrentSeq2Seq(files.config, files.tokenizer, backend, network, dtype),
    source,
    options,
  );
}
