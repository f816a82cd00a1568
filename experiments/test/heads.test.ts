import { describe, expect, it, test } from 'vitest';
import { datePair, styles } from '../src/data/dates.ts';
import { Choices } from '../src/data/random.ts';
import { alignedDate, drawAlignedDates } from '../src/experiments/heads/aligned-dates.ts';
import { ProfileSums } from '../src/experiments/heads/profile.ts';
import {
  byImportance,
  gateGradient,
  headsOf,
  normalizeByLayer,
  without,
} from '../src/experiments/heads/pruning.ts';
import { exemplars } from '../src/experiments/heads/roles.ts';

describe('alignedDate', () => {
  const moment = new Date(Date.UTC(2029, 10, 17, 21, 4));

  it('aligns the characters of the same part', () => {
    const { source, target, alignment } = alignedDate(moment, 0);
    expect(source).toBe('Saturday, November 17, 2029');
    expect(target).toBe('2029년 11월 17일 토요일');
    const said = (character: number) => alignment[character]?.map((at) => source[at]).join('') ?? null;
    expect(said(0)).toBe('2029');
    expect(said(3)).toBe('2029');
    expect(said(4)).toBeNull();
    expect(said(6)).toBe('November');
    expect(said(10)).toBe('17');
    expect(said(target.indexOf('토'))).toBe('Saturday');
  });

  it('has the texts of the data set in every style', () => {
    for (const style of styles.keys()) {
      const { source, target, alignment } = alignedDate(moment, style);
      expect({ source, target }).toEqual(datePair(moment, style));
      expect(alignment.length).toBe(target.length);
    }
  });

  it('is drawn from the test side, the same for the same seed', () => {
    const texts = drawAlignedDates(new Choices(5), 3).map(({ source }) => source);
    expect(new Set(texts).size).toBe(3);
    expect(drawAlignedDates(new Choices(5), 3).map(({ source }) => source)).toEqual(texts);
  });
});

describe('ProfileSums', () => {
  it('measures the mean weight of keys by their place, and that of equal weights', () => {
    const sums = new ProfileSums(['previous', 'same', 'next', 'first', 'last']);
    // Each query attends to the key before it, the first one to itself.
    sums.add({ data: [1, 0, 0, 1, 0, 0, 0, 1, 0], queries: 3, keys: 3 });
    const { weights, chance, entropy } = sums.profile();
    expect(weights).toEqual({ previous: 1, same: 1 / 3, next: 0, first: 2 / 3, last: 0 });
    expect(chance.previous).toBeCloseTo(1 / 3);
    expect(entropy).toBe(0);
  });

  it('gives 1 as the entropy of equal weights, of visible keys only when causal', () => {
    const equal = new ProfileSums(['same']);
    equal.add({ data: [0.5, 0.5, 0.5, 0.5], queries: 2, keys: 2 });
    expect(equal.profile().entropy).toBeCloseTo(1);
    const causal = new ProfileSums(['same'], true);
    causal.add({ data: [1, 0, 0.5, 0.5], queries: 2, keys: 2 });
    expect(causal.profile().entropy).toBeCloseTo(1);
    expect(causal.profile().chance.same).toBe(0.75);
  });

  it('sums the weights of aligned keys, over queries that have some', () => {
    const sums = new ProfileSums(['aligned']);
    sums.add({ data: [0.5, 0.25, 0.25, 0.1, 0.1, 0.8, 1, 0, 0], queries: 3, keys: 3 }, [[0, 1], [2], null]);
    expect(sums.profile().weights.aligned).toBeCloseTo((0.75 + 0.8) / 2);
    expect(sums.profile().chance.aligned).toBeCloseTo((2 / 3 + 1 / 3) / 2);
  });
});

test('exemplars are the heads with the most weight on each pattern of their attention', () => {
  const head = (site: 'encoder' | 'cross', index: number, weights: Record<string, number>) => ({
    ...{ site, layer: 0, head: index, weights, chance: { previous: 0.1 }, entropy: 0 },
  });
  const found = exemplars([
    head('encoder', 0, { previous: 0.2 }),
    head('encoder', 1, { previous: 0.7 }),
    head('cross', 0, { aligned: 0.5 }),
  ]);
  expect(found.map(({ site, pattern, head: best, weight }) => [site, pattern, best.head, weight])).toEqual([
    ['encoder', 'previous', 1, 0.7],
    ['cross', 'aligned', 0, 0.5],
  ]);
});

describe('pruning', () => {
  it('names the contexts of the removed heads', () => {
    const all = headsOf(2, 2);
    expect(all.length).toBe(12);
    expect(Object.keys(without([all[0]!, all[7]!, all[11]!]))).toEqual([
      'encoder.blocks.0.attention.heads.0.context',
      'decoder.blocks.1.attention.heads.1.context',
      'decoder.blocks.1.crossAttention.heads.1.context',
    ]);
  });

  it('removes the least important heads first', () => {
    const all = headsOf(1, 1);
    expect(byImportance(all, [0.5, 0.1, 0.9]).map(({ site }) => site)).toEqual([
      'decoder',
      'encoder',
      'cross',
    ]);
  });

  it('divides by the norm of a layer', () => {
    expect(normalizeByLayer([3, 4, 0, 0], 2)).toEqual([0.6, 0.8, 0, 0]);
  });

  it('derives the gradient of a head’s gate from that of the projection', () => {
    // y = W · (ξ₀ c₀, ξ₁ c₁), L = y₀ + 2 y₁, c = (5, 7): ∂L/∂W = (1, 2)ᵀ · c, ∂L/∂ξ₁ = 7 (W₀₁ + 2 W₁₁).
    const projection = {
      values: Float32Array.of(1, 2, 3, 4),
      gradient: Float32Array.of(5, 7, 10, 14),
      shape: [2, 2],
    };
    expect(gateGradient(projection, 1, 2)).toBe(7 * (2 + 2 * 4));
    expect(gateGradient(projection, 0, 2)).toBe(5 * (1 + 2 * 3));
  });
});
