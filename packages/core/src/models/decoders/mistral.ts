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
  // A file that does not say means 4096 tokens, one that says null means all.
  slidingWindows: (reader, layers) => {
    const all = reader.raw('sliding_window') === null;
    return new Array(layers).fill(all ? null : reader.size('sliding_window', 4096));
  },
};

/** Reads the config.json of a Mistral (Jiang et al. 2023): a Llama whose layers see a sliding window. See `parseLlamaConfig`. */
export function parseMistralConfig(json: unknown): LlamaConfig {
  return readLlama(new ConfigReader(json), MISTRAL);
}
