import { describe, expect, test } from 'vitest';
import { NGrams } from '../src/experiments/character-gpt/ngrams.ts';

const B = 0;
const [a, b, c, end] = [1, 2, 3, 4];
// "ab", "ab", "acb": tokens after the beginning are a b c and the end.
const texts = [
  [B, a, b, end],
  [B, a, b, end],
  [B, a, c, b, end],
];

describe('NGrams', () => {
  const model = new NGrams(texts, 3, 4);

  test('gives the probabilities computed by hand for order 1', () => {
    // Frequencies: a 3, b 3, c 1, end 3; 10 in all, 4 types. One has the count 1, none 2: the discount is 1.
    // P(b) = (3 − 1 + 1 · 4 · 1/4) / 10, P(c) = (0 + 1) / 10.
    expect(model.probability([B, b], 1, 1)).toBeCloseTo(0.3, 12);
    expect(model.probability([B, c], 1, 1)).toBeCloseTo(0.1, 12);
  });

  test('gives the probabilities computed by hand for order 2', () => {
    // Pairs: Ba 3, ab 2, b-end 3, ac 1, cb 1. n₁ = 2, n₂ = 1: the discount is 2 / 4.
    // Continuations of single tokens: a 1 (after the beginning), b 2 (after a and c), c 1, end 1; 5 in all, 4 types.
    // n₁ = 3, n₂ = 1: the discount is 3 / 5. P₁(b) = (2 − 3/5 + 3/5 · 4 · 1/4) / 5 = 0.4, P₁(c) = (1 − 3/5 + 3/5) / 5 = 0.2.
    // After a: total 3, types 2. P(b | a) = (2 − 1/2 + 1/2 · 2 · 0.4) / 3, P(c | a) = (1 − 1/2 + 1 · 0.2) / 3.
    expect(model.probability([B, a, b], 2, 2)).toBeCloseTo(1.9 / 3, 12);
    expect(model.probability([B, a, c], 2, 2)).toBeCloseTo(0.7 / 3, 12);
    // After the end nothing has been seen: P₁.
    expect(model.probability([B, end, b], 2, 2)).toBeCloseTo(0.4, 12);
  });

  test.each([1, 2, 3])('sums to 1 over all tokens for order %i, after seen and unseen contexts', (order) => {
    for (const context of [[B], [B, a], [B, a, c], [B, c, c], [B, a, b, end]]) {
      const sum = [a, b, c, end].reduce(
        (total, token) => total + model.probability([...context, token], context.length, order),
        0,
      );
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  test('an order that it does not have is an error', () => {
    expect(() => model.probability([B, a], 1, 4)).toThrow(RangeError);
  });
});
