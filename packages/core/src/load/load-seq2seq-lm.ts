import { LocalDecoderEngine } from '../engine/local-decoder-engine.ts';
import { parseSeq2SeqConfig, seq2SeqFromCheckpoint } from '../models/seq2seq/registry.ts';
import { withoutTiedCopies } from '../models/tied-weights.ts';
import { checkOptions } from '../options.ts';
import { Seq2SeqLM } from '../tasks/seq2seq-lm/seq2seq-lm.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import { COMPUTE_OPTIONS, loadWeights } from './load-weights.ts';
import { withSource } from './model-source.ts';
import { type LoadGeneratorOptions, OPEN_GENERATOR_OPTIONS, openGenerator } from './open-generator.ts';
import type { ModelRepository } from './open-repository.ts';
import { startLoading } from './start-loading.ts';

/**
 * Loads an encoder–decoder (T5, Flan-T5, mT5, UMT5, BART, Marian, mBART, M2M100, NLLB, Pegasus) from a directory, a URL, a hub or files in memory, to generate in this
 * thread.
 *
 * ```ts
 * const model = await loadSeq2SeqLM('google-t5/t5-small');
 * const { text } = await model.translate('How are you?', { sourceLanguage: 'en', targetLanguage: 'de' });
 * ```
 *
 * Rejects with `LoadError` for files and tensors that are missing, `FormatError` for broken ones, `ConfigError` for what Headwise does
 * not support, and with the signal's reason when it is aborted. On failure, everything loaded so far is released.
 */
export async function loadSeq2SeqLM(
  source: ModelSource,
  options: LoadGeneratorOptions = {},
): Promise<Seq2SeqLM> {
  checkOptions('loadSeq2SeqLM', options, OPEN_GENERATOR_OPTIONS, COMPUTE_OPTIONS);
  return startLoading('loadSeq2SeqLM', options, (options) =>
    loadSeq2SeqLMFrom('loadSeq2SeqLM', source, options),
  );
}

/** {@link loadSeq2SeqLM} as part of the function `task`, which may have opened the repository already. */
export async function loadSeq2SeqLMFrom(
  task: string,
  source: ModelSource,
  options: LoadGeneratorOptions,
  repository?: ModelRepository,
): Promise<Seq2SeqLM> {
  const { files, backend, network, dtype } = await loadWeights(
    task,
    options,
    async () => {
      const generator = await openGenerator(task, 'seq2seqLM', source, options, repository);
      const config = parseSeq2SeqConfig(generator.configJson);
      return { ...generator, config, checkpoint: await withoutTiedCopies(config, generator.checkpoint) };
    },
    ({ config, checkpoint }, backend, plan) => seq2SeqFromCheckpoint(config, checkpoint, backend, plan),
  );
  const { config, tokenizer, defaults, tokenizerConfigJson } = files;
  const engine = new LocalDecoderEngine(backend, network, dtype);
  return withSource(
    new Seq2SeqLM(config, tokenizer, engine, { defaults, tokenizerConfigJson }),
    source,
    options,
  );
}
