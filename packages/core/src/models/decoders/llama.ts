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
 * Reads the config.json of a Llama (Touvron et al. 2023), 1 to 3.3, or of a model that says it is one: SmolLM, TinyLlama. Missing values are
 * those of Hugging Face's library. Throws `ConfigError` naming the value that does not fit.
 */
export function parseLlamaConfig(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), LLAMA);
}
