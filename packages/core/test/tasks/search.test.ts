import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EncoderModel,
  FormatError,
  indexTexts,
  loadEncoder,
  ShapeError,
  search,
  VectorIndex,
} from '../../src/index.ts';
import { MINILM } from '../helpers/minilm.ts';
import { randomNumbers, safetensorsFile } from '../helpers/safetensors.ts';

const random = randomNumbers(3);
const vector = (size: number) => Float32Array.from({ length: size }, () => (random() / 2 ** 32) * 2 - 1);

function filled(count: number, dimensions: number) {
  const index = new VectorIndex(dimensions);
  const vectors = Array.from({ length: count }, () => vector(dimensions));
  for (const [i, values] of vectors.entries()) index.set(`v${i}`, values);
  return { index, vectors };
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

describe('VectorIndex', () => {
  it('finds the nearest vectors by cosine similarity, independent of their norms', () => {
    const { index, vectors } = filled(300, 24);
    const query = vector(24).map((value) => value * 50);
    const expected = vectors
      .map((values, i) => ({ id: `v${i}`, score: cosine(query, values) }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, 7);
    const found = index.search(query, 7);
    expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(expected[i]!.score, 5);
    expect(index.search(query, 1000)).toHaveLength(300);
  });

  it('replaces and deletes vectors', () => {
    const index = new VectorIndex(2).set('a', [1, 0]).set('b', [0, 1]).set('c', [1, 1]);
    expect(index.set('a', [0, 2]).size).toBe(3);
    expect(index.delete('b')).toBe(true);
    expect(index.delete('b')).toBe(false);
    expect([index.size, index.has('a'), index.has('b')]).toEqual([2, true, false]);
    expect(index.search([0, 1]).map(({ id }) => id)).toEqual(['a', 'c']);
    expect([index.delete('c'), index.delete('a'), index.delete('a')]).toEqual([true, true, false]);
    expect(index.search([0, 1])).toEqual([]);
  });

  it('is identical after save and load', () => {
    const { index } = filled(50, 12);
    index.set('__proto__', vector(12)).set('이름 "', vector(12)).set('zero', new Float32Array(12));
    const loaded = VectorIndex.load(index.save());
    const query = vector(12);
    expect(loaded.search(query, 60)).toEqual(index.search(query, 60));
    expect(loaded.save()).toEqual(index.save());
    expect(VectorIndex.load(new VectorIndex(3).save()).size).toBe(0);
  });

  it('throws for vectors of another length and invalid files', () => {
    const index = new VectorIndex(3);
    expect(() => index.set('a', [1, 2])).toThrow(
      new ShapeError('VectorIndex: vectors have 3 features, got 2'),
    );
    expect(() => index.search([1])).toThrow(ShapeError);
    expect(() => index.search([1, 2, 3], 0)).toThrow('topK must be a whole number of at least 1');
    expect(() => new VectorIndex(0)).toThrow('dimensions must be');
    const other = safetensorsFile({ vectors: { dtype: 'F32', shape: [1, 1], bytes: new Uint8Array(4) } });
    expect(() => VectorIndex.load(other)).toThrow(FormatError);
    expect(() => VectorIndex.load(index.save().subarray(0, 20))).toThrow(FormatError);
  });
});

describe('search', () => {
  let model: EncoderModel;
  beforeAll(async () => {
    model = await loadEncoder(MINILM);
  });
  afterAll(() => model.dispose());

  it('finds texts by meaning', async () => {
    const texts = [
      ['water', 'She sat by the river bank.'],
      ['money', 'He deposited cash at the bank.'],
      ['food', 'I drank coffee with breakfast.'],
    ] as const;
    const progress: number[] = [];
    const index = await indexTexts(model, texts, { onProgress: (done) => progress.push(done) });
    expect(progress.at(-1)).toBe(3);
    const first = async (query: string) => (await search(model, query, index, { topK: 1 }))[0]!;
    expect((await first('a stream and its shore')).id).toBe('water');
    expect((await first('finance')).id).toBe('money');
    expect((await first('I had a cup of coffee.')).id).toBe('food');
    const same = await first('She sat by the river bank.');
    expect(same.score).toBeCloseTo(1, 5);
  });
});
