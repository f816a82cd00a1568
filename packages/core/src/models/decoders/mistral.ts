import { ConfigReader } from '../config.ts';
import { type LlamaConfig, type LlamaMember, readLlama } from './llama-family.ts';

const MISTRAL: LlamaMember = {
  modelType: 'mistral',
  vocabSize: 32_000,
  intermediateSize: 14_336,
  keyValueHeads: 8,
  contextLength: 131_072,
  bos: 1,
  eos: 2,
  attentionBias: () => 'none',
  // Default 4096 tokens; null means full attention.
  slidingWindows: (reader, layers) => {
    const all = reader.raw('sliding_window') === null;
    return new Array(layers).fill(all ? null : reader.size('sliding_window', 4096));
  },
};

/**
 * Parses the config.json of a Mistral (Jiang et al. 2023, https://arxiv.org/abs/2310.06825): a Llama with sliding-window attention. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/mistral/modeling_mistral.py
 */
export function parseMistralConfig(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), MISTRAL);
}
