import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CausalLM, loadCausalLM } from '@headwise/core';
import { causalLanguageModelling, createModel, openCheckpoints, Trainer } from '@headwise/core/train';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';
import { repositoryOf } from '../../shipping/repository.ts';
import { readWeights, safetensorsOf, type Weights, writeWeights } from '../../shipping/weights.ts';
import { BOS, EOS, UNK } from './tokenizer.ts';

/** Tokens that the model sees at once. */
export const CONTEXT = 128;

export interface GptSizes {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly feedForward: number;
}

/** Contents of config.json: the blocks of Llama, i.e. a GPT with rotary positions, RMSNorm and gated linear units. */
export function gptConfig(vocabSize: number, { layers, heads, width, feedForward }: GptSizes) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabSize,
    hidden_size: width,
    intermediate_size: feedForward,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    max_position_embeddings: CONTEXT,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    bos_token_id: BOS,
    eos_token_id: EOS,
  };
}

/** Ids of a text, from its beginning to its end. */
export const textIds = ({ tokenizer }: TaskTokenizer, text: string): Int32Array =>
  Int32Array.from([...tokenizer.encode(text).ids, EOS]);

/** The parts of a text that fit into the context. Each begins with the last token of the one before. */
export function windows(ids: Int32Array): Int32Array[] {
  const parts: Int32Array[] = [];
  for (let from = 0; from < ids.length - 1; from += CONTEXT - 1) parts.push(ids.slice(from, from + CONTEXT));
  return parts;
}

export interface GptTraining {
  readonly steps: number;
  /** Texts of a step. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Steps after which the weights are kept, ascending; 0 for the initial ones. */
  readonly snapshotAt: readonly number[];
  /** Steps between checkpoints. A run that was interrupted goes on from the last one. */
  readonly checkpointEvery: number;
  readonly folder: string;
}

export interface TrainedGpt {
  readonly parameters: number;
  readonly snapshots: readonly { readonly step: number; readonly weights: Weights }[];
}

/** Trains a GPT. Each text is a sequence of its own: nothing is predicted from another text. */
export async function trainGpt(
  config: Record<string, unknown>,
  sequences: readonly Int32Array[],
  { steps, batchSize, learningRate, seed, snapshotAt, checkpointEvery, folder }: GptTraining,
): Promise<TrainedGpt> {
  const trainable = await createModel(config, { seed });
  try {
    if (trainable.kind !== 'causalLM') throw new Error(`expected a decoder, got ${trainable.kind}`);
    const { parameters } = trainable;
    const fileOf = (step: number) => join(folder, `step-${step}.safetensors`);
    const keep = (step: number) => {
      if (snapshotAt.includes(step)) writeWeights(fileOf(step), parameters.stateDict());
    };
    mkdirSync(folder, { recursive: true });
    keep(0);
    const trainer = new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: sequences.map((ids) => ({ ids })),
      maxSteps: steps,
      batchSize,
      learningRate,
      schedule: 'cosine',
      warmupSteps: Math.ceil(steps / 30),
      optimizer: { type: 'adamw', betas: [0.9, 0.98] },
      weightDecay: 0.1,
      seed,
      checkpoints: { storage: openCheckpoints(join(folder, 'checkpoints')), every: checkpointEvery, keep: 1 },
      onStep: ({ step }) => keep(step),
    });
    await trainer.resume();
    await trainer.train();
    return {
      parameters: parameters.values.length,
      snapshots: snapshotAt.map((step) => ({ step, weights: readWeights(fileOf(step)) })),
    };
  } finally {
    trainable.dispose();
  }
}

/** The model as inference loads it, in half precision as it is shipped. */
export function loadGpt(
  config: Record<string, unknown>,
  { files }: TaskTokenizer,
  weights: Weights,
): Promise<CausalLM> {
  const repository = repositoryOf({ ...files, 'config.json': config }, safetensorsOf(weights, 'F16'));
  return loadCausalLM(repository, { dtype: 'f32' });
}

/** Bits that an unknown character costs beyond `<|unknown|>`: to say which of the 11,172 syllables of Hangul it is. */
const UNKNOWN_BITS = Math.log2(11_172);

/** Total bits of texts, and the characters that they are of: those of the texts and an end of each. */
export interface TextBits {
  readonly bits: number;
  readonly characters: number;
}

export const bitsPerCharacter = (scored: readonly TextBits[]): number =>
  scored.reduce((sum, { bits }) => sum + bits, 0) /
  scored.reduce((sum, { characters }) => sum + characters, 0);

/** Bits of a text from the probability of each of its tokens but the first. Which character an unknown one is, is paid for apart. */
export function textBits(ids: Int32Array, probabilityAt: (index: number) => number): TextBits {
  let bits = 0;
  for (let i = 1; i < ids.length; i++)
    bits += -Math.log2(probabilityAt(i)) + (ids[i] === UNK ? UNKNOWN_BITS : 0);
  return { bits, characters: ids.length - 1 };
}

/** Bits of texts under a model. Of texts longer than the context, characters have at least half of it before them. */
export async function scoreTexts(model: CausalLM, texts: readonly Int32Array[]): Promise<TextBits[]> {
  const scored: TextBits[] = [];
  for (const ids of texts) {
    const { tokens } = await model.perplexity(ids, { stride: CONTEXT / 2 });
    scored.push(textBits(ids, (i) => Math.exp(tokens[i - 1]!.logProbability)));
  }
  return scored;
}
