import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/errors.ts';
import {
  bitsPerCharacter,
  characterErrorRate,
  editDistance,
  pearson,
  perplexity,
  phonemeErrorRate,
  spearman,
  wordErrorRate,
} from '../../src/metrics.ts';

describe('editDistance', () => {
  it.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['flaw', 'lawn', 2],
    ['intention', 'execution', 5],
    ['same', 'same', 0],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('compares items of lists', () => {
    expect(editDistance(['new', 'york'], ['york'])).toBe(1);
    expect(editDistance(Int32Array.of(1, 2, 3), [1, 3])).toBe(1);
  });
});

describe('wordErrorRate', () => {
  it('divides edits by words of reference, over the corpus', () => {
    expect(wordErrorRate(['hello duck'], ['hello world'])).toBe(0.5);
    // One substitution and one deletion; one insertion.
    expect(wordErrorRate(['the cat sit on mat', 'a b'], ['the cat sat on the mat', 'a'])).toBe(3 / 7);
    expect(wordErrorRate(['a b c d'], ['x'])).toBe(4);
    expect(wordErrorRate(['some thing'], ['something'])).toBe(2);
    expect(wordErrorRate([' a  b\n'], ['a b'])).toBe(0);
  });

  it('throws typed errors', () => {
    expect(() => wordErrorRate(['a'], ['a', 'b'])).toThrow(
      'wordErrorRate: expected two lists of equal length, got 1 and 2',
    );
    expect(() => wordErrorRate([], [])).toThrow(ShapeError);
    expect(() => wordErrorRate(['a'], [' '])).toThrow(
      'wordErrorRate: expected references that are not empty, got only empty ones',
    );
    expect(() => wordErrorRate([1 as unknown as string], ['a'])).toThrow(ConfigError);
  });
});

describe('characterErrorRate', () => {
  it('counts code points, white space included', () => {
    expect(characterErrorRate(['나는 커피를 마셨다'], ['나는 커피를 마신다'])).toBe(1 / 10);
    expect(characterErrorRate(['ab c'], ['abc'])).toBe(1 / 3);
    expect(characterErrorRate(['🙂'], ['🙃'])).toBe(1);
  });

  it('counts decomposed syllables as errors unless both sides are normalized', () => {
    const decomposed = '커피'.normalize('NFD');
    expect(characterErrorRate([decomposed], ['커피'])).toBe(2);
    expect(characterErrorRate([decomposed.normalize('NFC')], ['커피'])).toBe(0);
  });
});

describe('phonemeErrorRate', () => {
  it('counts phonemes', () => {
    expect(phonemeErrorRate([['K', 'AO1', 'F', 'IY1']], [['K', 'AO1', 'F', 'IY0']])).toBe(1 / 4);
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => phonemeErrorRate([['K']], [])).toThrow(ShapeError);
    expect(() => phonemeErrorRate([['K']], [[]])).toThrow(ShapeError);
  });
});

// Values of scipy.stats.
describe('pearson', () => {
  it('has the coefficients of SciPy', () => {
    expect(pearson([1, 2, 3, 4, 5], [10, 9, 2.5, 6, 4])).toBeCloseTo(-0.7426106572325057, 12);
    expect(pearson([1, 2, 4], [1, 3, 2])).toBeCloseTo(0.32732683535398854, 12);
    expect(pearson(Float32Array.of(1, 2), Float32Array.of(3, 5))).toBe(1);
  });

  it('neither overflows nor underflows', () => {
    expect(pearson([1e200, 2e200, 4e200], [1e-200, 3e-200, 2e-200])).toBeCloseTo(0.32732683535398854, 12);
    expect(pearson([1e308, -1e308], [1, 2])).toBeCloseTo(-1, 12);
  });

  it('stays within −1 and 1', () => {
    const values = Array.from({ length: 50 }, (_, i) => Math.sin(i) / 3);
    expect(pearson(values, values)).toBeLessThanOrEqual(1);
    expect(pearson(values, values)).toBeCloseTo(1, 12);
  });

  it('is NaN for a constant list, and for values that are not finite', () => {
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
    expect(pearson([1, 2, Number.NaN], [1, 2, 3])).toBeNaN();
    expect(pearson([1, 2, Infinity], [1, 2, 3])).toBeNaN();
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => pearson([1, 2], [1])).toThrow('pearson: expected two lists of equal length, got 2 and 1');
    expect(() => pearson([1], [1])).toThrow('pearson: expected lists of at least 2, got 1');
    expect(() => pearson([], [])).toThrow(ShapeError);
  });
});

describe('spearman', () => {
  it('has the coefficients of SciPy, with mean ranks for equal values', () => {
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 12);
    expect(spearman([1, 2, 2, 3], [10, 20, 30, 30])).toBeCloseTo(0.8333333333333335, 12);
    expect(spearman([0.3, 0.3, 0.3, 0.9, 0.1, 0.5], [2, 1, 2, 5, 0, 5])).toBeCloseTo(0.9379580992210835, 12);
  });

  it('depends on the order only', () => {
    expect(spearman([1, 2, 3, 4], [-Infinity, 0, 1e9, Infinity])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3, 4], [9, 3, 2, 1])).toBeCloseTo(-1, 12);
  });

  it('is NaN for a constant list and for NaN', () => {
    expect(spearman([1, 2, 3], [7, 7, 7])).toBeNaN();
    expect(spearman([1, 2, Number.NaN], [1, 2, 3])).toBeNaN();
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => spearman([1], [])).toThrow(ShapeError);
  });
});

describe('perplexity', () => {
  it('is the number of choices of a uniform model', () => {
    expect(perplexity(new Array(5).fill(Math.log(1 / 8)))).toBeCloseTo(8, 12);
    expect(perplexity(Float64Array.of(0, 0))).toBe(1);
    expect(perplexity([Math.log(0.5), Math.log(0.125)])).toBeCloseTo(4, 12);
    expect(perplexity([-Infinity])).toBe(Infinity);
  });

  it('throws ShapeError without tokens', () => {
    expect(() => perplexity([])).toThrow('perplexity: expected at least one log-probability, got none');
    expect(() => perplexity([])).toThrow(ShapeError);
  });
});

describe('bitsPerCharacter', () => {
  it('does not depend on how the text is split into tokens', () => {
    // Sixteen texts of the same probability: four bits.
    expect(bitsPerCharacter([Math.log(1 / 16)], 'ab')).toBeCloseTo(2, 12);
    expect(bitsPerCharacter([Math.log(1 / 4), Math.log(1 / 4)], 'ab')).toBeCloseTo(2, 12);
    expect(bitsPerCharacter([Math.log(1 / 4)], '🙂')).toBeCloseTo(2, 12);
  });

  it('throws typed errors', () => {
    expect(() => bitsPerCharacter([-1], '')).toThrow(
      'bitsPerCharacter: expected a text that is not empty, got an empty one',
    );
    expect(() => bitsPerCharacter([], 'a')).toThrow(ShapeError);
    expect(() => bitsPerCharacter([-1], 7 as unknown as string)).toThrow(ConfigError);
  });
});
