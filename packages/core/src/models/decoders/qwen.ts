import { ConfigReader } from '../config.ts';
import { type LlamaConfig, type LlamaMember, readLlama } from './llama-family.ts';

/** Sizes of both, and windows: of the layers from `max_window_layers` on, if `use_sliding_window` says so. */
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

/** Reads the config.json of a Qwen2 or Qwen2.5 (Yang et al. 2024): a Llama with biases on queries, keys and values. */
export function parseQwen2Config(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), QWEN2);
}

/** Reads the config.json of a Qwen3 (Yang et al. 2025): a Llama that normalises each head of queries and keys. */
export function parseQwen3Config(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), QWEN3);
}
