import { ConfigReader } from '../config.ts';
import { type LlamaConfig, type LlamaMember, readLlama } from './llama-family.ts';

/** Defaults of both. With `use_sliding_window`, layers from `max_window_layers` on have a sliding window. */
const QWEN: Pick<
  LlamaMember,
  'vocabSize' | 'intermediateSize' | 'keyValueHeads' | 'contextLength' | 'slidingWindows'
> = {
  vocabSize: 151_936,
  intermediateSize: 22_016,
  keyValueHeads: 32,
  contextLength: 32_768,
  slidingWindows: (reader, layers) => {
    const none = !reader.flag('use_sliding_window', false) || reader.raw('sliding_window') === null;
    const window = none ? null : reader.size('sliding_window', 4096);
    const first = reader.size('max_window_layers', 28, 0);
    return Array.from({ length: layers }, (_, layer) => (layer < first ? null : window));
  },
};

const QWEN2: LlamaMember = { ...QWEN, modelType: 'qwen2', attentionBias: () => 'inputs' };

const QWEN3: LlamaMember = {
  ...QWEN,
  modelType: 'qwen3',
  headDim: 128,
  headNorms: true,
  attentionBias: (reader) => (reader.flag('attention_bias', false) ? 'all' : 'none'),
};

/**
 * Parses the config.json of a Qwen2 or Qwen2.5 (Yang et al. 2024, https://arxiv.org/abs/2407.10671): a Llama with biases on queries, keys and
 * values. Hugging Face: https://github.com/huggingface/transformers/blob/main/src/transformers/models/qwen2/modeling_qwen2.py
 */
export function parseQwen2Config(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), QWEN2);
}

/**
 * Parses the config.json of a Qwen3 (Yang et al. 2025, https://arxiv.org/abs/2505.09388): a Llama with an RMS norm on each head of queries and
 * keys. Hugging Face: https://github.com/huggingface/transformers/blob/main/src/transformers/models/qwen3/modeling_qwen3.py
 */
export function parseQwen3Config(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), QWEN3);
}
