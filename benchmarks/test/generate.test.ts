import { createBackend } from '@headwise/core';
import { describe, expect, it } from 'vitest';
import {
  type DecoderConfig,
  decoderConfigs,
  decoderFlops,
  decoderShape,
  decoderShapes,
  randomDecoderWeights,
} from '../src/cases/decoders.ts';
import { newTokensWork, prefillWork } from '../src/cases/make.ts';
import { storiesOf } from '../src/cases/text.ts';
import type { GenerateWork, GreedyWork } from '../src/cases/work.ts';
import { callEngine, prepareGreedy } from '../src/engines/calls.ts';
import { decoderWeights, loadDecoderEngine, prepareGeneration } from '../src/engines/decoders.ts';
import { SingleEntryCache } from '../src/engines/single-entry-cache.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { tinyGpt2, tinyQwen2 } from './lib/tiny-configs.ts';

const tinyConfigs: Readonly<Record<string, DecoderConfig>> = { 'GPT-2': tinyGpt2, Qwen2: tinyQwen2 };

function tinyWork(config: DecoderConfig, split: { past: number; atOnce: number }): GenerateWork {
  const ids = Int32Array.from({ length: 24 }, (_, i) => (i * 37) % config.vocab_size);
  return {
    kind: 'generate',
    dtype: 'f32',
    model: 'GPT-2 124M shape',
    config,
    weights: randomDecoderWeights(config, 1),
    past: ids.subarray(0, split.past),
    tokens: ids.subarray(split.past),
    atOnce: split.atOnce,
  };
}

async function logitsOf(work: GenerateWork, backend: 'reference' | 'wasm-simd', runs = 1) {
  const engine = await loadDecoderEngine(nodePlatform, await createBackend(backend), work);
  const prepared = await prepareGeneration(engine, work);
  for (let i = 1; i < runs; i++) await prepared.run();
  const logits = (await prepared.run()).slice();
  await prepared.dispose();
  await engine.dispose();
  return logits;
}

describe('decoders', () => {
  it("have the models' numbers of parameters", () => {
    const parameters = (config: DecoderConfig) =>
      [...decoderShapes(config).values()]
        .map((shape) => shape.reduce((product, dim) => product * dim, 1))
        .reduce((sum, length) => sum + length, 0);
    expect(parameters(decoderConfigs['GPT-2 124M shape'])).toBe(124_439_808);
    expect(parameters(decoderConfigs['Qwen2-0.5B shape'])).toBe(494_032_768);
    expect(parameters(decoderConfigs.stories15M)).toBe(15_191_712);
  });

  it('count the operations of a token', () => {
    // Two operations per weight, and 4 · hidden for each attended token and layer.
    const weights = 12 * 12 * 768 ** 2 + 768 * 50257;
    expect(decoderFlops(decoderConfigs['GPT-2 124M shape'], 1, 9)).toBe(2 * weights + 12 * 4 * 768 * 10);
  });

  it.each(Object.entries(tinyConfigs))('%s: random weights differ from layer to layer', (_, config) => {
    const weights = randomDecoderWeights(config, 1);
    expect([...weights.keys()]).toEqual([...decoderShapes(config).keys()]);
    const [first, second] = [...weights].filter(([name]) => /[01]\.(mlp|attn|self_attn)/.test(name));
    expect(first![1].subarray(0, 8)).not.toEqual(second![1].subarray(0, 8));
  });

  it('stories15M: weights are read from its file', async () => {
    const { config, weights } = prefillWork('stories15M', 'f32');
    const read = await decoderWeights(nodePlatform, { weights });
    const shapes = decoderShapes(config);
    expect(new Set(read.keys())).toEqual(new Set(shapes.keys()));
    for (const [name, shape] of shapes) {
      expect(read.get(name), name).toHaveLength(shape.reduce((product, dim) => product * dim, 1));
    }
    expect(decoderShape(config).headDim).toBe(48);
  });
});

describe('GenerateWork', () => {
  it('has the prompt, or the middle of the new tokens', () => {
    const prompt = prefillWork('stories15M', 'f32');
    expect([prompt.past.length, prompt.tokens.length, prompt.atOnce]).toEqual([0, 256, 256]);
    const all = newTokensWork('stories15M', 'f32', 128);
    expect([all.past.length, all.tokens.length, all.atOnce]).toEqual([256, 128, 1]);
    const some = newTokensWork('stories15M', 'q4', 16);
    expect([some.past.length, some.tokens.length]).toEqual([256 + 56, 16]);
    expect(some.tokens).toEqual(all.tokens.subarray(56, 72));
  });

  it('repeats a story that starts with the begin token', () => {
    const text = storiesOf(131);
    expect([text[0], text[65], text[130]]).toEqual([1, 1, 1]);
  });

  it.each(Object.entries(tinyConfigs))(
    '%s: logits agree for a prompt, single tokens, repeated runs and the reference',
    async (_, config) => {
      const whole = await logitsOf(tinyWork(config, { past: 0, atOnce: 24 }), 'reference');
      expect(whole).toHaveLength(config.vocab_size);
      for (const [split, runs] of [
        [{ past: 0, atOnce: 24 }, 1],
        [{ past: 10, atOnce: 1 }, 1],
        [{ past: 10, atOnce: 1 }, 3],
      ] as const) {
        const logits = await logitsOf(tinyWork(config, split), 'wasm-simd', runs);
        for (const [i, value] of logits.entries()) expect(value).toBeCloseTo(whole[i]!, 4);
      }
    },
  );
});

describe('GreedyWork', () => {
  it.each(Object.entries(tinyConfigs))(
    '%s: generate, stream and chat give the tokens of bare decoding, in every run',
    async (_, config) => {
      const work: GreedyWork = {
        kind: 'greedy',
        dtype: 'q8',
        model: 'GPT-2 124M shape',
        config,
        weights: randomDecoderWeights(config, 1),
        prompt: 'w3 w14 w15',
        newTokens: 6,
      };
      const bare = await prepareGreedy(nodePlatform, await createBackend('wasm-relaxed-simd'), work);
      const expected = (await bare.run()).slice();
      expect(expected).toHaveLength(6);
      await bare.dispose();
      for (const name of ['generate', 'stream', 'chat'] as const) {
        const prepared = await callEngine(nodePlatform, name).prepare(work);
        for (let run = 0; run < 2; run++) expect(await prepared!.run(), name).toEqual(expected);
        await prepared!.dispose();
      }
    },
  );
});

describe('SingleEntryCache', () => {
  it('creates a value once per key and disposes of the previous one', async () => {
    const events: string[] = [];
    const loaded = new SingleEntryCache<string>((value) => void events.push(`dispose ${value}`));
    const get = (key: string) =>
      loaded.get(key, () => {
        events.push(`create ${key}`);
        return key;
      });
    expect([await get('a'), await get('a'), await get('b')]).toEqual(['a', 'a', 'b']);
    await loaded.clear();
    await loaded.clear();
    expect(events).toEqual(['create a', 'dispose a', 'create b', 'dispose b']);
  });
});
