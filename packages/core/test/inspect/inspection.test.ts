import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  activationPatching,
  attentionRollout,
  ConfigError,
  contextualSimilarity,
  contextualVectors,
  type EncoderModel,
  headImportance,
  loadEncoder,
  patch,
  ShapeError,
  silence,
} from '../../src/index.ts';
import { MINILM, maxDifference } from '../helpers/minilm.ts';

const RIVER = 'She sat by the river bank.';
const CASH = 'He deposited cash at the bank.';

let model: EncoderModel;
beforeAll(async () => {
  model = await loadEncoder(MINILM);
});
afterAll(() => model.dispose());

describe('head importance', () => {
  it('ranks all 72 heads of MiniLM in one call, by what silencing each does', async () => {
    const progress: number[] = [];
    const { scores, shape, ranking } = await headImportance(model, [RIVER, CASH], {
      onProgress: (done) => progress.push(done),
    });
    expect(shape).toEqual([6, 12]);
    expect(progress).toEqual(Array.from({ length: 72 }, (_, i) => i + 1));
    expect(ranking).toHaveLength(72);
    expect(ranking.map(({ score }) => score)).toEqual([...scores].sort((a, b) => b - a));
    const [top] = ranking;
    const hooks = { [`blocks.${top!.layer}.attention.heads.${top!.head}.context`]: silence() };
    const before = await model.embed([RIVER, CASH], { normalize: true });
    const after = await model.embed([RIVER, CASH], { normalize: true, hooks });
    const cosine = (i: number) => before[i]!.reduce((sum, value, f) => sum + value * after[i]![f]!, 0);
    expect(top!.score).toBeCloseTo(1 - (cosine(0) + cosine(1)) / 2, 5);
    expect(scores[top!.layer * 12 + top!.head]).toBe(Math.fround(top!.score));
  });

  it('gives the same bits twice', async () => {
    const hooks = { 'blocks.2.attention.heads.4.context': silence() };
    const [once, twice] = [await model.embed(RIVER, { hooks }), await model.embed(RIVER, { hooks })];
    expect(maxDifference(once, twice)).toBe(0);
  });

  it('refuses no texts, and stops when aborted', async () => {
    await expect(headImportance(model, [])).rejects.toThrow(ConfigError);
    const controller = new AbortController();
    const call = headImportance(model, RIVER, {
      signal: controller.signal,
      onProgress: (done) => done === 3 && controller.abort(),
    });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('attention rollout', () => {
  /** Maps of one head for each layer. */
  const maps = (...layers: number[][]) => {
    const tokens = Math.sqrt(layers[0]!.length);
    const data = Float32Array.from(layers.flat());
    const map = (layer: number) => data.subarray(layer * tokens * tokens, (layer + 1) * tokens * tokens);
    return { data, shape: [layers.length, 1, tokens, tokens] as const, map };
  };

  it('multiplies the layers’ maps, each half of it the residual connection', () => {
    const rollout = attentionRollout(maps([0, 1, 1, 0], [1, 0, 0.5, 0.5]));
    expect([...rollout.map(0)]).toEqual([0.5, 0.5, 0.5, 0.5]);
    // [[1, 0], [0.25, 0.75]] · [[0.5, 0.5], [0.5, 0.5]]
    expect([...rollout.map()]).toEqual([0.5, 0.5, 0.5, 0.5]);
    const without = attentionRollout(maps([0, 1, 1, 0], [1, 0, 0.5, 0.5]), { residual: 0 });
    expect([...without.map()]).toEqual([0, 1, 0.5, 0.5]);
    expect(without.shape).toEqual([2, 2, 2]);
  });

  it('gives shares that sum to 1, on a real model, however heads are joined', async () => {
    const { attention, tokens } = await model.trace(RIVER);
    for (const heads of ['mean', 'max', 'min'] as const) {
      const rollout = attentionRollout(attention, { heads });
      for (let row = 0; row < tokens.length; row++) {
        const shares = rollout.map().subarray(row * tokens.length, (row + 1) * tokens.length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      }
    }
  });

  it('refuses what it cannot follow', async () => {
    expect(() => attentionRollout(maps([1]), { residual: 2 })).toThrow(ConfigError);
    const cross = { ...maps([1, 0, 0, 1]), shape: [1, 1, 2, 3] as const };
    expect(() => attentionRollout(cross)).toThrow(ShapeError);
    expect(() => attentionRollout(maps([1])).map(1)).toThrow(ConfigError);
  });
});

describe('activation patching', () => {
  const [from, into] = ['The river bank was muddy.', 'The river bank was sunny.'];

  it('takes the output all the way at the last layer, and part of it before', async () => {
    const scores = await activationPatching(model, from, into, ['blocks.*.residual.after']);
    expect(scores.map(({ name }) => name)).toEqual(
      Array.from({ length: 6 }, (_, i) => `blocks.${i}.residual.after`),
    );
    for (const { recovered } of scores) expect(recovered).toBeCloseTo(1, 4);
    const heads = await activationPatching(model, from, into, ['blocks.3.attention.heads.*.context']);
    expect(heads).toHaveLength(12);
    for (const { recovered } of heads) expect(Math.abs(recovered)).toBeLessThan(1);
  });

  it('finds the token that makes the difference', async () => {
    const { tokens } = await model.trace(from);
    const progress: string[] = [];
    const scores = await activationPatching(model, from, into, ['embeddings'], {
      perToken: true,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(scores).toHaveLength(tokens.length);
    const best = scores.toSorted((a, b) => b.recovered - a.recovered)[0]!;
    expect(tokens[best.token!]).toBe('muddy');
    expect(best.recovered).toBeCloseTo(1, 4);
    expect(progress.at(-1)).toBe(`${tokens.length}/${tokens.length}`);
  });

  it('puts rows of one run into other rows of another', async () => {
    const { activations } = await model.record(RIVER, ['blocks.1.residual.after']);
    const name = 'blocks.1.residual.after';
    const hooks = patch(activations, [[6, 2]]);
    const patched = await model.record('I had coffee', [name], { hooks });
    const row = (data: Float32Array, index: number) => data.subarray(index * 384, (index + 1) * 384);
    const got = patched.activations.get(name)!.data;
    expect(maxDifference(row(got, 2), row(activations.get(name)!.data, 6))).toBe(0);
    const plain = (await model.record('I had coffee', [name])).activations.get(name)!.data;
    expect(maxDifference(row(got, 1), row(plain, 1))).toBe(0);
  });

  it('refuses texts and rows that do not fit', async () => {
    await expect(activationPatching(model, from, CASH, ['output'])).rejects.toThrow(ShapeError);
    await expect(activationPatching(model, from, from, ['output'])).rejects.toThrow('do not differ');
    await expect(activationPatching(model, from, into, ['nothing'])).rejects.toThrow(ConfigError);
    const { activations } = await model.record(RIVER, ['embeddings']);
    await expect(model.embed('I had', { hooks: patch(activations) })).rejects.toThrow(
      'patch embeddings: the run has [4, 384]',
    );
    await expect(model.embed('I had', { hooks: patch(activations, [[0, 4]]) })).rejects.toThrow(
      'no rows 0 of 9 and 4 of 4',
    );
  });
});

describe('contextual vectors', () => {
  it('tell the bank of a river from one with cash, from the first layer on', async () => {
    const apart = await contextualSimilarity(model, 'bank', [RIVER, CASH]);
    const alike = await contextualSimilarity(model, 'bank', [RIVER, 'They walked along the river bank.']);
    expect(apart).toHaveLength(7);
    // Before any attention the same word at the same place is the same vector.
    expect(apart[0]).toBeCloseTo(1, 6);
    for (let layer = 1; layer <= 6; layer++) expect(alike[layer]).toBeGreaterThan(apart[layer]! + 0.05);
    expect(alike[6]).toBeGreaterThan(0.95);
    expect(apart[6]).toBeLessThan(0.85);
  });

  it('find a word whatever its case, of several tokens, and a later occurrence', async () => {
    const first = await contextualVectors(model, 'Bank or bank?', 'BANK');
    const second = await contextualVectors(model, 'Bank or bank?', 'bank', { occurrence: 1 });
    expect([first.word, second.word]).toEqual(['Bank', 'bank']);
    expect([first.indices, second.indices]).toEqual([[1], [3]]);
    const several = await contextualVectors(model, 'The Headwise engine', 'Headwise');
    expect(several.tokens).toEqual(['head', '##wise']);
    expect(several.layers.map(({ length }) => length)).toEqual(Array(7).fill(384));
  });

  it('refuse a word that is not there', async () => {
    await expect(contextualVectors(model, 'embankment', 'bank')).rejects.toThrow('which has 0');
    await expect(contextualVectors(model, RIVER, 'bank', { occurrence: 1 })).rejects.toThrow('which has 1');
    await expect(contextualVectors(model, RIVER, '')).rejects.toThrow(ConfigError);
    const long = `${'word '.repeat(600)}bank`;
    await expect(contextualVectors(model, long, 'bank')).rejects.toThrow('is not among the 512 tokens');
  });
});
