import { ConfigError } from '../../errors.ts';
import type { Gpt2Config } from '../../models/decoders/gpt2.ts';
import type { LlamaConfig } from '../../models/decoders/llama-family.ts';
import type { DecoderConfig } from '../../models/decoders/registry.ts';
import { LLAMA_TYPES } from '../../models/model-types.ts';

/** Throws `ConfigError` for architectures that generate but cannot be trained or created. */
export function checkTrainable(config: DecoderConfig): asserts config is Gpt2Config | LlamaConfig {
  if (config.modelType === 'gpt2' || LLAMA_TYPES.some((type) => type === config.modelType)) return;
  throw new ConfigError(
    `training: decoders of model_type ${['gpt2', ...LLAMA_TYPES].join(', ')} can be trained, got ${JSON.stringify(config.modelType)}, which can only be loaded to generate`,
  );
}
