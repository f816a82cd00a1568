import {
  type CausalLM,
  type GenerateOptions,
  loadCausalLM,
  loadSeq2SeqLM,
  type Seq2SeqLM,
  silence,
} from '@headwise/core';
import { loadCausalLM as loadParallel, loadSeq2SeqLM as loadParallelSeq2Seq } from '@headwise/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { decoderFiles, seq2seqFiles } from './helpers/tiny-generators.ts';

const TRANSPORTS = ['messages', 'shared'] as const;
const PROMPTS = ['the river bank', 'a', 'Once upon a time, there was'];
const KINDS: Readonly<Record<string, GenerateOptions>> = {
  greedy: { maxNewTokens: 16 },
  sampled: { maxNewTokens: 12, doSample: true, temperature: 1.3, topK: 20, seed: 7 },
  beams: { maxNewTokens: 8, numBeams: 3, numReturnSequences: 1 },
};

// Four heads, with four, one or two key-value heads: fewer than some numbers of workers. Transports do not depend on the architecture, so
// that one architecture is tested with both for each number of workers.
const COMBINATIONS = [
  ...[2, 3, 5].flatMap((workers) => TRANSPORTS.map((transport) => ({ name: 'llama', workers, transport }))),
  { name: 'llama', workers: 1, transport: 'messages' },
  { name: 'llama', workers: 4, transport: 'messages' },
  { name: 'llama', workers: 8, transport: 'shared' },
  ...['gpt2', 'llama-linear', 'qwen3'].flatMap((name) => [
    { name, workers: 2, transport: 'messages' } as const,
    { name, workers: 3, transport: 'shared' } as const,
  ]),
] as const;

describe.each(COMBINATIONS)('$name in $workers workers ($transport)', ({ name, workers, transport }) => {
  let single: CausalLM;
  let parallel: CausalLM;
  beforeAll(async () => {
    single = await loadCausalLM(decoderFiles(name));
    parallel = await loadParallel(decoderFiles(name), { workers, transport });
  });
  afterAll(() => Promise.all([single.dispose(), parallel.dispose()]));

  test('reports its backend and its config', () => {
    expect(parallel.backend).toBe(`${single.backend} × ${workers} worker${workers === 1 ? '' : 's'}`);
    expect(parallel.config).toEqual(single.config);
  });

  test.each(Object.keys(KINDS))('generates the tokens of one thread (%s)', async (kind) => {
    const options = { ...KINDS[kind]!, logProbs: true };
    const expected = await single.generate(PROMPTS, options);
    const actual = await parallel.generate(PROMPTS, options);
    expect(actual.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids));
    for (const [i, { tokens }] of actual.entries()) {
      const probabilities = (list: readonly { logProbability?: number }[]) =>
        list.map(({ logProbability }) => logProbability!);
      expectClose(probabilities(tokens), probabilities(expected[i]!.tokens));
    }
  });

  test('streams, continues from its cache, and returns next tokens and perplexity as one thread does', async () => {
    const pieces: string[] = [];
    for await (const { text } of parallel.stream(PROMPTS[2]!, { maxNewTokens: 10 })) pieces.push(text);
    const { text } = await single.generate(PROMPTS[2]!, { maxNewTokens: 10 });
    expect(pieces.join('')).toBe(text);
    for (const prompt of [PROMPTS[2]! + text, `${PROMPTS[2]!}, `, 'something else']) {
      const [expected, actual] = [await single.nextTokens(prompt), await parallel.nextTokens(prompt)];
      expect(actual.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    }
    const [expected, actual] = [await single.perplexity(PROMPTS[2]!), await parallel.perplexity(PROMPTS[2]!)];
    expect(actual.perplexity).toBeCloseTo(expected.perplexity, 3);
  });

  test('records activations and applies hooks as one thread does', async () => {
    const record = [
      'logits',
      'blocks.*.lens',
      'blocks.1.attention.queries',
      'blocks.0.attention.keys',
      'output',
    ];
    const options = { record, hooks: { 'blocks.0.attention.heads.2.context': silence() } };
    const [expected, actual] = [
      await single.trace(PROMPTS[0]!, options),
      await parallel.trace(PROMPTS[0]!, options),
    ];
    expectClose(actual.attention.data, expected.attention.data);
    expect([...actual.activations.keys()].sort()).toEqual([...expected.activations.keys()].sort());
    for (const [key, { shape, data }] of expected.activations) {
      expect(actual.activations.get(key)!.shape).toEqual(shape);
      expectClose(actual.activations.get(key)!.data, data, key);
    }
    const hooked = { maxNewTokens: 8, hooks: options.hooks };
    const [a, b] = [await single.generate('the', hooked), await parallel.generate('the', hooked)];
    expect(b.ids).toEqual(a.ids);
    const lensOf = async (model: CausalLM) =>
      (await model.logitLens('the river', { topK: 3 })).layers.map((layer) =>
        layer.map((row) => row.map(({ id }) => id)),
      );
    expect(await lensOf(parallel)).toEqual(await lensOf(single));
  });
});

describe.each(
  ['t5', 'bart', 'marian'].flatMap((name) => [
    { name, workers: 2, transport: 'shared' } as const,
    { name, workers: 3, transport: 'messages' } as const,
  ]),
)('$name in $workers workers ($transport)', ({ name, workers, transport }) => {
  let single: Seq2SeqLM;
  let parallel: Seq2SeqLM;
  beforeAll(async () => {
    single = await loadSeq2SeqLM(seq2seqFiles(name));
    parallel = await loadParallelSeq2Seq(seq2seqFiles(name), { workers, transport });
  });
  afterAll(() => Promise.all([single.dispose(), parallel.dispose()]));

  test.each(Object.keys(KINDS))('generates the tokens of one thread (%s)', async (kind) => {
    const options = KINDS[kind]!;
    const expected = await single.generate(PROMPTS, options);
    const actual = await parallel.generate(PROMPTS, options);
    expect(actual.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids));
  });

  test('records activations of the encoder and the decoder', async () => {
    const record = ['encoder.blocks.*.attention.weights', 'decoder.blocks.*.crossAttention.weights'];
    const input = [PROMPTS[0]!, 'die Bank', { record }] as const;
    const [expected, actual] = [await single.trace(...input), await parallel.trace(...input)];
    expect(actual.activations.size).toBe(expected.activations.size);
    for (const [key, { data }] of expected.activations)
      expectClose(actual.activations.get(key)!.data, data, key);
  });
});
