import type { Backend, WeightType } from '../backend/backend.ts';
import { checkWeightTypeName } from '../backend/check.ts';
import { type BackendChoice, createBackend } from '../backend/create.ts';
import { LocalDecoderEngine } from '../engine/local-decoder.ts';
import { loadDecoder, parseDecoderConfig } from '../models/decoders/registry.ts';
import { WHOLE } from '../nn/run/shard.ts';
import { CausalLM } from '../tasks/causal-lm.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import { type OpenGeneratorOptions, openGenerator } from './open-generator.ts';

export interface LoadGeneratorOptions extends OpenGeneratorOptions {
  /** What to compute with: a backend of your own (several models may share it), or one by name. Default: `auto`, the fastest. */
  backend?: BackendChoice | Backend;
  /** How to keep the weights, whatever type the checkpoint has. Default: `f32`, the most exact. */
  dtype?: WeightType;
}

/**
 * Loads a decoder (GPT-2, Llama, Mistral, Qwen2, Qwen3 and what is built alike, such as SmolLM) from a directory, a URL, a hub, files in
 * memory, or a single GGUF or llama2.c file, and makes it ready to generate in this thread.
 *
 * ```ts
 * const model = await loadCausalLM('HuggingFaceTB/SmolLM2-135M-Instruct');
 * const { text } = await model.chat([{ role: 'user', content: 'Why is the sky blue?' }]);
 * ```
 *
 * Rejects with `LoadError` for files and tensors that can't be had, `FormatError` for broken ones, `ConfigError` for what
 * Headwise can't run, and with the signal's reason if aborted. Nothing half-loaded stays behind.
 */
export async function loadCausalLM(
  source: ModelSource,
  options: LoadGeneratorOptions = {},
): Promise<CausalLM> {
  const { backend: choice = 'auto', dtype = 'f32', signal } = options;
  checkWeightTypeName(dtype);
  const files = await openGenerator(source, options);
  const { tokenizer, checkpoint, defaults, chatTemplate } = files;
  const config = parseDecoderConfig(files.configJson);
  const backend = typeof choice === 'string' ? await createBackend(choice) : choice;
  const decoder = await loadDecoder(config, checkpoint, backend, { shard: WHOLE, dtype });
  if (signal?.aborted) decoder.dispose();
  signal?.throwIfAborted();
  files.finish();
  return new CausalLM(config, tokenizer, new LocalDecoderEngine(backend, decoder), {
    defaults,
    chatTemplate,
  });
}
