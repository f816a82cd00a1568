import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/errors.ts';
import { exactMatch, normalizeAnswer, squadScores } from '../../src/metrics.ts';

describe('normalizeAnswer', () => {
  it.each([
    ['The Norman conquest', 'norman conquest'],
    ['a cat, an owl and the dog!', 'cat owl and dog'],
    ['  "10th–11th"  centuries ', '10th–11th centuries'],
    ['U.S.A.', 'usa'],
    ['theatre anagram', 'theatre anagram'],
    ['The the THE', ''],
    ['well-known', 'wellknown'],
    ['한국의 a 커피', '한국의 커피'],
    ['한국a', '한국a'],
    ['a_b', 'ab'],
  ])('turns %j into %j', (text, normalized) => {
    expect(normalizeAnswer(text)).toBe(normalized);
  });
});

describe('squadScores', () => {
  const one = (prediction: string, ...answers: string[]) => squadScores([prediction], [answers]);

  it('ignores case, punctuation and articles', () => {
    expect(one('the Normans.', 'Normans')).toEqual({ exactMatch: 100, f1: 100 });
  });

  it('computes F1 of words with their numbers of occurrences', () => {
    // Two of three words, and two of two.
    expect(one('in northern France', 'northern France')).toEqual({ exactMatch: 0, f1: 80 });
    expect(one('ha ha ha', 'ha ha').f1).toBeCloseTo(80, 12);
    expect(one('Rome', 'Paris')).toEqual({ exactMatch: 0, f1: 0 });
  });

  it('takes the best of several answers', () => {
    expect(one('Denmark', 'Denmark, Iceland and Norway', 'Denmark')).toEqual({ exactMatch: 100, f1: 100 });
    expect(squadScores(['Denmark'], ['Denmark'])).toEqual({ exactMatch: 100, f1: 100 });
  });

  it('accepts only the empty text for a question without an answer', () => {
    expect(squadScores(['', 'Rome', 'the'], [[], [], ['']])).toEqual({
      exactMatch: 200 / 3,
      f1: 200 / 3,
    });
    expect(one('', 'Rome')).toEqual({ exactMatch: 0, f1: 0 });
  });

  it('drops answers of articles and punctuation alone, as the script of SQuAD 2.0', () => {
    expect(one('Rome', 'the', 'Rome')).toEqual({ exactMatch: 100, f1: 100 });
    expect(one('', 'the', 'Rome')).toEqual({ exactMatch: 0, f1: 0 });
  });

  it('averages over the questions', () => {
    expect(squadScores(['Rome', 'in Paris'], ['Rome', 'Paris'])).toEqual({
      exactMatch: 50,
      f1: (100 * (1 + 2 / 3)) / 2,
    });
  });

  it('throws typed errors', () => {
    expect(() => squadScores(['a'], [])).toThrow(ShapeError);
    expect(() => squadScores([], [])).toThrow('squadScores: expected lists of at least 1, got 0');
    expect(() => squadScores([undefined as unknown as string], ['a'])).toThrow(ConfigError);
  });
});

describe('exactMatch', () => {
  it('is the share of equal texts', () => {
    expect(exactMatch(['a', 'B', 'c '], ['a', 'b', 'c'])).toBe(1 / 3);
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => exactMatch(['a'], ['a', 'b'])).toThrow(
      'exactMatch: expected two lists of equal length, got 1 and 2',
    );
    expect(() => exactMatch([], [])).toThrow(ShapeError);
  });
});
