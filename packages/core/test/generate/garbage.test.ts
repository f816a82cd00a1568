import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { CausalLM, createBackend, type GenerateOptions } from '../../src/index.ts';
import {
  decoderFromCheckpoint,
  LocalDecoderEngine,
  parseDecoderConfig,
  Random,
  WHOLE,
} from '../../src/internal.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import type { FloatArray } from '../../src/nn.ts';
import { tinyTokenizerOf } from '../helpers/tiny-generators.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const HIDDEN = 8;
/** Only these tokens have embeddings other than 0, and so logits above 0. */
const USED = 24;
const SHORT = 4;
const LONG = 34;
const SMALL = 2_000;
const LARGE = 40_000;

/** A GPT-2 of one layer with a vocabulary of this size. */
async function modelOf(vocabSize: number): Promise<CausalLM> {
  const random = new Random(3);
  const values = (length: number) => Float32Array.from({ length }, () => random.next() * 4 - 2);
  const table = new Float32Array(vocabSize * HIDDEN);
  table.set(values(USED * HIDDEN));
  const linear = (name: string, from: number, to: number) =>
    [
      [`${name}.weight`, { shape: [from, to], data: values(from * to) }],
      [`${name}.bias`, { shape: [to], data: values(to) }],
    ] as const;
  const norm = (name: string) =>
    [
      [`${name}.weight`, { shape: [HIDDEN], data: values(HIDDEN) }],
      [`${name}.bias`, { shape: [HIDDEN], data: values(HIDDEN) }],
    ] as const;
  const config = parseDecoderConfig({
    model_type: 'gpt2',
    vocab_size: vocabSize,
    n_positions: 64,
    n_embd: HIDDEN,
    n_layer: 1,
    n_head: 2,
  });
  const checkpoint = checkpointOf(
    new Map<string, FloatArray>([
      ['wte.weight', { shape: [vocabSize, HIDDEN], data: table }],
      ['wpe.weight', { shape: [64, HIDDEN], data: values(64 * HIDDEN) }],
      ...norm('h.0.ln_1'),
      ...linear('h.0.attn.c_attn', HIDDEN, 3 * HIDDEN),
      ...linear('h.0.attn.c_proj', HIDDEN, HIDDEN),
      ...norm('h.0.ln_2'),
      ...linear('h.0.mlp.c_fc', HIDDEN, 4 * HIDDEN),
      ...linear('h.0.mlp.c_proj', 4 * HIDDEN, HIDDEN),
      ...norm('ln_f'),
    ]),
  );
  const backend = await createBackend('wasm-simd');
  const plan = { shard: WHOLE, dtype: 'f32' } as const;
  const decoder = await decoderFromCheckpoint(config, checkpoint, backend, plan);
  return new CausalLM(config, tinyTokenizerOf(), new LocalDecoderEngine(backend, decoder));
}

/** Bytes that a call leaves to be collected, typed arrays included. Less if a collection happens during the call: the most of some. */
async function bytesOf(model: CausalLM, options: GenerateOptions): Promise<number> {
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  let most = 0;
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    const before = used();
    await model.generate(PROMPT, { eosTokenId: null, ...options });
    most = Math.max(most, used() - before);
  }
  return most;
}

/** Bytes of each further token of a call. */
async function bytesOfToken(model: CausalLM, options: GenerateOptions): Promise<number> {
  // Compiles the code.
  for (let i = 0; i < 4; i++)
    await model.generate(PROMPT, { eosTokenId: null, ...options, maxNewTokens: LONG });
  const short = await bytesOf(model, { ...options, maxNewTokens: SHORT });
  return ((await bytesOf(model, { ...options, maxNewTokens: LONG })) - short) / (LONG - SHORT);
}

const PROMPT = Int32Array.of(5, 6, 7);

describe('generate', () => {
  let small: CausalLM;
  let large: CausalLM;
  beforeAll(async () => {
    [small, large] = [await modelOf(SMALL), await modelOf(LARGE)];
  });

  // One array of logits for each token would be 160 kB of it.
  it.each<[string, GenerateOptions]>([
    ['greedy search', {}],
    ['log-probabilities', { topLogProbs: 3 }],
    ['top-k, top-p and temperature', { topK: 8, topP: 0.9, temperature: 0.5, seed: 1 }],
    ['top-p alone', { topK: 0, topP: 0.2, temperature: 0.05, seed: 1 }],
    ['min-p', { topK: 0, minP: 0.5, seed: 1 }],
    ['logits processors', { repetitionPenalty: 1.2, noRepeatNgramSize: 3, topK: 4, seed: 1 }],
    ['beams', { numBeams: 3 }],
  ])('allocates no more for each token of a larger vocabulary with %s', async (_, options) => {
    const [ofSmall, ofLarge] = [await bytesOfToken(small, options), await bytesOfToken(large, options)];
    expect(ofSmall).toBeGreaterThan(0);
    expect(ofLarge - ofSmall).toBeLessThan(0.1 * 4 * (LARGE - SMALL));
  });
});
