import type { Backend } from '../../backend/backend.ts';
import { checkPositionTable } from '../../limits.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { type BartFamilyConfig, bartLayout, POST_NORM, readBartFamily } from './bart-family.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';

/**
 * The configuration of a Marian translation model (Junczys-Dowmunt et al. 2018, https://arxiv.org/abs/1804.00344; OPUS-MT): BART with sinusoidal
 * positions and without a norm of the embeddings. Hugging Face: https://github.com/huggingface/transformers/blob/main/src/transformers/models/marian/modeling_marian.py
 */
export interface MarianConfig extends BartFamilyConfig {
  readonly modelType: 'marian';
  /** Whether encoder and decoder share the token embeddings. */
  readonly shareEncoderDecoderEmbeddings: boolean;
}

/** Parses a config.json. Defaults are those of Hugging Face's `MarianConfig`. Throws `ConfigError` for invalid or unsupported values. */
export function parseMarianConfig(json: unknown): MarianConfig {
  const reader = new ConfigReader(json);
  const config = readBartFamily(reader, {
    vocabSize: 58_101,
    tokens: { start: 58_100, pad: 58_100, eos: 0 },
    fixed: {
      normalize_embedding: [false],
      static_position_embeddings: [true],
      ...POST_NORM,
    },
  });
  const shared = reader.flag('share_encoder_decoder_embeddings', true);
  return {
    modelType: 'marian',
    ...config,
    vocabSize: shared ? config.vocabSize : reader.size('decoder_vocab_size', config.vocabSize),
    shareEncoderDecoderEmbeddings: shared,
  };
}

/** Loads the weights of a Marian model, or a shard's slices of them, under Hugging Face's names. */
export function loadMarian(
  config: MarianConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Seq2SeqStack> {
  const layout = bartLayout(config, checkpoint, {
    architecture: 'Marian',
    firstPosition: 0,
    fixedPositions: marianPositions,
    embeddingNorm: false,
    separateEmbeddings: !config.shareEncoderDecoderEmbeddings,
  });
  return Seq2SeqStack.load(config, layout, checkpoint, backend, plan);
}

/** The sinusoids of Vaswani et al. 2017, §3.5, with all sines before all cosines: `[count, width]`. */
export function marianPositions(count: number, width: number): Float32Array {
  checkPositionTable(count, width);
  const table = new Float32Array(count * width);
  const sines = Math.ceil(width / 2);
  for (let position = 0; position < count; position++) {
    for (let i = 0; i < width; i++) {
      const [wave, pair] = i < sines ? [Math.sin, i] : [Math.cos, i - sines];
      table[position * width + i] = wave(position / 10_000 ** ((2 * pair) / width));
    }
  }
  return table;
}
