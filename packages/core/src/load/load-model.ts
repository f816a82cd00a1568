import { modelKindOf } from '../models/model-types.ts';
import { checkOptions } from '../options.ts';
import type { CausalLM } from '../tasks/causal-lm/causal-lm.ts';
import type { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import type { RecurrentSeq2Seq } from '../tasks/recurrent-seq2seq/recurrent-seq2seq.ts';
import type { Seq2SeqLM } from '../tasks/seq2seq-lm/seq2seq-lm.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import { isEmbedder } from './embedder-kind.ts';
import { loadCausalLMFrom } from './load-causal-lm.ts';
import { type LoadEncoderOptions, loadEncoderFrom } from './load-encoder.ts';
import { loadRecurrentSeq2SeqFrom } from './load-recurrent-seq2seq.ts';
import { loadSeq2SeqLMFrom } from './load-seq2seq-lm.ts';
import { COMPUTE_OPTIONS } from './load-weights.ts';
import { OPEN_ENCODER_OPTIONS } from './open-encoder.ts';
import { type LoadGeneratorOptions, OPEN_GENERATOR_OPTIONS } from './open-generator.ts';
import { type ModelRepository, openRepository, requireModelKind } from './open-repository.ts';
import { openSingleFile } from './open-single-file.ts';
import type { SingleFileModel } from './single-file-model.ts';
import { startLoading } from './start-loading.ts';

/** Options of {@link loadModel}; `taskHeads` matters to encoders alone. */
export interface LoadModelOptions extends LoadEncoderOptions, LoadGeneratorOptions {}

/** Any model that {@link loadModel} can return; `kind` tells which. */
export type AnyModel = EncoderModel | CausalLM | Seq2SeqLM | RecurrentSeq2Seq;

/**
 * Loads whatever model the repository holds, by the `model_type` of its config.json, and returns it with its `kind`.
 *
 * ```ts
 * const model = await loadModel('./some-model');
 * if (model.kind === 'encoder') console.log(await model.embed('I drank coffee.'));
 * else if (model.kind === 'causalLM') console.log((await model.generate('Once upon a time')).text);
 * ```
 *
 * An app that knows what it loads calls `loadEncoder`, `loadCausalLM`, `loadSeq2SeqLM` or `loadRecurrentSeq2Seq`: they are typed, and a bundle then
 * has the code of that kind alone, where this function needs that of all kinds.
 *
 * Rejects as those do, and with `ConfigError` for a `model_type` that none of them supports.
 */
export async function loadModel(source: ModelSource, options: LoadModelOptions = {}): Promise<AnyModel> {
  const task = 'loadModel';
  checkOptions(task, options, OPEN_ENCODER_OPTIONS, OPEN_GENERATOR_OPTIONS, COMPUTE_OPTIONS);
  return startLoading(task, options, (options) => loadModelFrom(task, source, options));
}

async function loadModelFrom(
  task: string,
  source: ModelSource,
  options: LoadModelOptions,
): Promise<AnyModel> {
  const opened =
    (await openSingleFile(source, options)) ?? (await openRepository(source, options, ['modules.json']));
  return loadOpened(task, source, options, opened);
}

/** {@link loadModel} of a single file or a repository that is open. */
export async function loadOpened(
  task: string,
  source: ModelSource,
  options: LoadModelOptions,
  opened: ModelRepository | SingleFileModel,
): Promise<AnyModel> {
  if (!('files' in opened)) {
    return modelKindOf(opened.configJson) === 'encoder'
      ? loadEncoderFrom(task, source, options, opened)
      : loadCausalLMFrom(task, source, options, opened);
  }
  if (await isEmbedder(opened)) return loadEncoderFrom(task, source, options, opened);
  switch (requireModelKind(task, opened.configJson)) {
    case 'encoder':
      return loadEncoderFrom(task, source, options, opened);
    case 'causalLM':
      return loadCausalLMFrom(task, source, options, opened);
    case 'seq2seqLM':
      return loadSeq2SeqLMFrom(task, source, options, opened);
    case 'recurrentSeq2Seq':
      return loadRecurrentSeq2SeqFrom(task, source, options, opened);
  }
}
