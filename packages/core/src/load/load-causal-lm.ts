import { LocalDecoderEngine } from '../engine/local-decoder-engine.ts';
import { decoderFromCheckpoint, readDecoderConfig } from '../models/decoders/registry.ts';
import { withoutTiedCopies } from '../models/tied-weights.ts';
import { checkOptions } from '../options.ts';
import { CausalLM } from '../tasks/causal-lm/causal-lm.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import { COMPUTE_OPTIONS, loadWeights } from './load-weights.ts';
import { withSource } from './model-source.ts';
import { type LoadGeneratorOptions, OPEN_GENERATOR_OPTIONS, openGenerator } from './open-generator.ts';
import type { ModelRepository } from './open-repository.ts';
import type { SingleFileModel } from './single-file-model.ts';
import { startLoading } from './start-loading.ts';

/**
 * Loads a decoder (GPT-2, Llama, Mistral, Qwen, Gemma, Phi and others: see `MODEL_TYPES.causalLM`) from a directory, a URL, a
 * hub, files in memory, or a single GGUF or llama2.c file, to generate in this thread.
 *
 * ```ts
 * const model = await loadCausalLM('HuggingFaceTB/SmolLM2-135M-Instruct');
 * const { text } = await model.chat([{ role: 'user', content: 'Why is the sky blue?' }]);
 * ```
 *
 * Rejects with `LoadError` for files and tensors that are missing, `FormatError` for broken ones, `ConfigError` for what Headwise does
 * not support, and with the signal's reason when it is aborted. On failure, everything loaded so far is released.
 */
export async function loadCausalLM(
  source: ModelSource,
  options: LoadGeneratorOptions = {},
): Promise<CausalLM> {
  checkOptions('loadCausalLM', options, OPEN_GENERATOR_OPTIONS, COMPUTE_OPTIONS);
  return startLoading('loadCausalLM', options, (options) =>
    loadCausalLMFrom('loadCausalLM', source, options),
  );
}

/** {@link loadCausalLM} as part of the function `task`, which may have opened the files already. */
export async function loadCausalLMFrom(
  task: string,
  source: ModelSource,
  options: LoadGeneratorOptions,
  opened?: ModelRepository | SingleFileModel,
): Promise<CausalLM> {
  const { files, backend, network, dtype } = await loadWeights(
    task,
    options,
    async () => {
      const generator = await openGenerator(task, 'causalLM', source, options, opened);
      const config = await readDecoderConfig(generator.configJson);
      return { ...generator, config, checkpoint: await withoutTiedCopies(config, generator.checkpoint) };
    },
    ({ config, checkpoint }, backend, plan) => decoderFromCheckpoint(config, checkpoint, backend, plan),
  );
  const { config, tokenizer, defaults, chatTemplate } = files;
  const engine = new LocalDecoderEngine(backend, network, dtype);
  return withSource(new CausalLM(config, tokenizer, engine, { defaults, chatTemplate }), source, options);
}
