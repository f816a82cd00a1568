import { ConfigReader } from '../config.ts';
import { type LlamaConfig, type LlamaMember, readLlama } from './llama-family.ts';

const LLAMA: LlamaMember = {
  modelType: 'llama',
  vocabSize: 32_000,
  intermediateSize: 11_008,
  contextLength: 2048,
  bos: 1,
  eos: 2,
  attentionBias: (reader) => (reader.flag('attention_bias', false) ? 'all' : 'none'),
  mlpBias: (reader) => reader.flag('mlp_bias', false),
  slidingWindows: (_, layers) => new Array(layers).fill(null),
};

/**
 * Parses the config.json of a Llama 1 to 3.3 (Touvron et al. 2023, https://arxiv.org/abs/2302.13971), or of a model with `model_type` llama, such
 * as SmolLM and TinyLlama. Defaults are those of Hugging Face's `LlamaConfig`. Throws `ConfigError` for invalid or unsupported values.
 */
export function parseLlamaConfig(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), LLAMA);
}
