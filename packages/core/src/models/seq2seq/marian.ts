import type { Backend } from '../../backend/backend.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { type BartFamilyConfig, bartLayout, readBartFamily } from './bart-family.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';

/** A Marian translator (Junczys-Dowmunt et al. 2018; OPUS-MT), from its config.json. Plain data: it also travels to workers. */
export interface MarianConfig extends BartFamilyConfig {
  readonly modelType: 'marian';
  /** Whether both languages have one table of embeddings. */
  readonly shareEncoderDecoderEmbeddings: boolean;
}

/** Reads a config.json. Missing values are as in Hugging Face's library. Throws `ConfigError` naming the value that does not fit. */
export function parseMarianConfig(json: unknown): MarianConfig {
  const reader = new ConfigReader(json);
  const config = readBartFamily(reader, {
    vocabSize: 58_101,
    tokens: { start: 58_100, pad: 58_100, eos: 0 },
    fixed: { normalize_embedding: [false], static_position_embeddings: [true] },
  });
  const shared = reader.flag('share_encoder_decoder_embeddings', true);
  return {
    modelType: 'marian',
    ...config,
    vocabSize: shared ? config.vocabSize : reader.size('decoder_vocab_size', config.vocabSize),
    shareEncoderDecoderEmbeddings: shared,
  };
}

/** Reads the weights of a Marian translator, or a shard's share of them, under Hugging Face's names. */
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

/** The sinusoids of Vaswani et al. 2017, with all sines before all cosines: `[count, width]`. */
function marianPositions(count: number, width: number): Float32Array {
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
