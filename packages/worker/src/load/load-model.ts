import { type AnyModel, ConfigError, type ModelSource } from '@headwise/core';
import {
  cancelOnFailure,
  checkOptions,
  isEmbedder,
  modelKindOf,
  OPEN_ENCODER_OPTIONS,
  OPEN_GENERATOR_OPTIONS,
  openRepository,
  openSingleFile,
  requireModelKind,
} from '@headwise/core/internal';
import { ENCODER_OPTIONS, loadEncoderFrom, type ParallelEncoderOptions } from './load-encoder.ts';
import { loadCausalLMFrom, loadSeq2SeqLMFrom, type ParallelGeneratorOptions } from './load-generator.ts';
import { WORKER_OPTIONS } from './options.ts';

/** Options of {@link loadModel}; `taskHeads`, `split` and `maxQueue` matter to encoders alone. */
export interface ParallelModelOptions extends ParallelEncoderOptions, ParallelGeneratorOptions {}

/**
 * Loads whatever model the repository holds into workers, by the `model_type` of its config.json, and returns it with its `kind`.
 *
 * Rejects as {@link loadEncoder}, {@link loadCausalLM} and {@link loadSeq2SeqLM} do, and with `ConfigError` for a `model_type` that none of
 * them supports, such as that of recurrent models, whose steps cannot be split over workers.
 */
export async function loadModel(source: ModelSource, options: ParallelModelOptions = {}): Promise<AnyModel> {
  const task = 'loadModel';
  checkOptions(task, options, ENCODER_OPTIONS, OPEN_ENCODER_OPTIONS, OPEN_GENERATOR_OPTIONS, WORKER_OPTIONS);
  return cancelOnFailure(options, (options) => loadModelFrom(task, source, options));
}

async function loadModelFrom(
  task: string,
  source: ModelSource,
  options: ParallelModelOptions,
): Promise<AnyModel> {
  const single = await openSingleFile(source, options);
  if (single) {
    return modelKindOf(single.configJson) === 'encoder'
      ? loadEncoderFrom(task, source, options, single)
      : loadCausalLMFrom(task, source, options, single);
  }
  const repository = await openRepository(source, options, ['modules.json']);
  if (await isEmbedder(repository)) return loadEncoderFrom(task, source, options, repository);
  switch (requireModelKind(task, repository.configJson)) {
    case 'encoder':
      return loadEncoderFrom(task, source, options, repository);
    case 'causalLM':
      return loadCausalLMFrom(task, source, options, repository);
    case 'seq2seqLM':
      return loadSeq2SeqLMFrom(task, source, options, repository);
    case 'recurrentSeq2Seq':
      throw new ConfigError(
        `${task}: recurrent models are not split over workers; load it with loadRecurrentSeq2Seq of @headwise/core`,
      );
  }
}
