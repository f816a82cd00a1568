import type { Backend } from '../../backend/backend.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { type BartFamilyConfig, bartLayout, readBartFamily } from './bart-family.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';

/** A BART (Lewis et al. 2020), from its config.json. Plain data: it also travels to workers. */
export interface BartConfig extends BartFamilyConfig {
  readonly modelType: 'bart';
}

/**
 * Reads a config.json. Missing values are BART large's, as in Hugging Face's library. Throws `ConfigError` naming the value that does not
 * fit.
 */
export function parseBartConfig(json: unknown): BartConfig {
  const config = readBartFamily(new ConfigReader(json), {
    vocabSize: 50_265,
    tokens: { start: 2, pad: 1, bos: 0, eos: 2 },
    fixed: { normalize_embedding: [true], static_position_embeddings: [false] },
  });
  return { modelType: 'bart', ...config };
}

/** Reads the weights of a BART, or a shard's share of them, under Hugging Face's names. */
export function loadBart(
  config: BartConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Seq2SeqStack> {
  const layout = bartLayout(config, checkpoint, {
    architecture: 'BART',
    // Rows 0 and 1 of its positions were for padding, and are never read.
    firstPosition: 2,
    embeddingNorm: true,
    separateEmbeddings: false,
  });
  return Seq2SeqStack.load(config, layout, checkpoint, backend, plan);
}
