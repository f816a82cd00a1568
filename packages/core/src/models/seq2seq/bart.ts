import type { Backend } from '../../backend/backend.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { type BartFamilyConfig, bartLayout, POST_NORM, readBartFamily } from './bart-family.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';

/**
 * The configuration of a BART (Lewis et al. 2020, https://arxiv.org/abs/1910.13461): post-norm blocks, learned absolute positions from row 2 on,
 * and a layer norm of the embeddings. Hugging Face: https://github.com/huggingface/transformers/blob/main/src/transformers/models/bart/modeling_bart.py
 */
export interface BartConfig extends BartFamilyConfig {
  readonly modelType: 'bart';
}

/**
 * Parses a config.json. Defaults are those of Hugging Face's `BartConfig`. Throws `ConfigError` for invalid or unsupported values.
 */
export function parseBartConfig(json: unknown): BartConfig {
  const config = readBartFamily(new ConfigReader(json), {
    vocabSize: 50_265,
    tokens: { start: 2, pad: 1, bos: 0, eos: 2 },
    fixed: {
      normalize_embedding: [true],
      static_position_embeddings: [false],
      ...POST_NORM,
    },
  });
  return { modelType: 'bart', ...config };
}

/** Loads the weights of a BART, or a shard's slices of them, under Hugging Face's names. */
export function loadBart(
  config: BartConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Seq2SeqStack> {
  const layout = bartLayout(config, checkpoint, {
    architecture: 'BART',
    // Rows 0 and 1 of the position embeddings are unused (the offset of BartLearnedPositionalEmbedding).
    firstPosition: 2,
    embeddingNorm: true,
    separateEmbeddings: false,
  });
  return Seq2SeqStack.load(config, layout, checkpoint, backend, plan);
}
