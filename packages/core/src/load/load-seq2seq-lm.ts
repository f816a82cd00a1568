import { checkWeightTypeName } from '../backend/check.ts';
import { createBackend } from '../backend/create.ts';
import { LocalDecoderEngine } from '../engine/local-decoder.ts';
import { loadSeq2Seq, parseSeq2SeqConfig } from '../models/seq2seq/registry.ts';
import { WHOLE } from '../nn/run/shard.ts';
import { Seq2SeqLM } from '../tasks/seq2seq-lm.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import type { LoadGeneratorOptions } from './load-causal-lm.ts';
import { openGenerator } from './open-generator.ts';

/**
 * Loads an encoder–decoder (T5, Flan-T5, mT5, BART, Marian) from a directory, a URL, a hub or files in memory, and makes it ready to
 * generate in this thread.
 *
 * ```ts
 * const model = await loadSeq2SeqLM('google-t5/t5-small');
 * const { text } = await model.translate('How are you?', { sourceLanguage: 'en', targetLanguage: 'de' });
 * ```
 *
 * Rejects with `LoadError` for files and tensors that can't be had, `FormatError` for broken ones, `ConfigError` for what
 * Headwise can't run, and with the signal's reason if aborted. Nothing half-loaded stays behind.
 */
export async function loadSeq2SeqLM(
  source: ModelSource,
  options: LoadGeneratorOptions = {},
): Promise<Seq2SeqLM> {
  const { backend: choice = 'auto', dtype = 'f32', signal } = options;
  checkWeightTypeName(dtype);
  const { configJson, tokenizer, checkpoint, defaults, finish } = await openGenerator(source, options);
  const config = parseSeq2SeqConfig(configJson);
  const backend = typeof choice === 'string' ? await createBackend(choice) : choice;
  const decoder = await loadSeq2Seq(config, checkpoint, backend, { shard: WHOLE, dtype });
  if (signal?.aborted) decoder.dispose();
  signal?.throwIfAborted();
  finish();
  return new Seq2SeqLM(config, tokenizer, new LocalDecoderEngine(backend, decoder), { defaults });
}
