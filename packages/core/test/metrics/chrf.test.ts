import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/errors.ts';
import { type ChrfOptions, chrf } from '../../src/metrics.ts';
import { readmeHypotheses, readmeReferences } from './readme-example.ts';

describe('chrf', () => {
  it('has the scores of the example in sacreBLEU README', () => {
    const plain = chrf(readmeHypotheses, readmeReferences);
    expect(plain.score).toBeCloseTo(59.72751782684763, 9);
    expect(`${plain.name} = ${plain.score.toFixed(2)}`).toBe('chrF2 = 59.73');
    expect(plain.signature).toBe('nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no');
    const plus = chrf(readmeHypotheses, readmeReferences, { wordOrder: 2 });
    expect(plus.score).toBeCloseTo(59.15310444399262, 9);
    expect(`${plus.name} = ${plus.score.toFixed(2)}`).toBe('chrF2++ = 59.15');
    expect(plus.signature).toBe('nrefs:2|case:mixed|eff:yes|nc:6|nw:2|space:no');
  });

  it('scores Korean', () => {
    const score = (wordOrder: number) =>
      chrf(['나는 커피를 마셨다.'], ['나는 커피를 마셨습니다.'], { wordOrder }).score;
    expect(score(0)).toBeCloseTo(58.32643744285376, 9);
    expect(score(2)).toBeCloseTo(57.39026562476005, 9);
  });

  // test_chrf.py of sacreBLEU.
  it.each<[readonly string[], readonly string[], number]>([
    [['a'], ['a'], 100],
    [[''], ['reference'], 0],
    [['a b c'], ['a b c'], 100],
    [['a b c'], ['abc'], 100],
    [[''], ['c'], 0],
    [['a', 'b'], ['a', 'c'], 50],
    [['aa'], ['ab'], 25],
    [['abcdefg'], ['hijklmnop'], 0],
  ])('has the score of sacreBLEU for %j given %j', (hypotheses, references, score) => {
    expect(chrf(hypotheses, references, { beta: 3 }).score).toBeCloseTo(score, 10);
  });

  it('includes white space on demand', () => {
    const hypothesis = 'Die Beziehung zwischen Obama und Netanjahu ist nicht gerade freundlich.';
    const reference = 'Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.';
    expect(chrf([hypothesis], [reference], { beta: 3, whitespace: true }).score).toBeCloseTo(
      67.34816062977241,
      9,
    );
    expect(chrf([hypothesis], [reference], { beta: 3 }).score).toBeCloseTo(64.13026983156146, 9);
  });

  it('separates one punctuation mark from a word', () => {
    // "(hi)" is "(hi" and ")"; so the only common word is ")".
    const { score } = chrf(['(hi)'], ['hi )'], { charOrder: 1, wordOrder: 1, beta: 1 });
    const [p, r] = [(3 / 4 + 1 / 2) / 2, (3 / 3 + 1 / 2) / 2];
    expect(score).toBeCloseTo((100 * 2 * p * r) / (p + r), 10);
  });

  it('takes an option that is undefined as its default', () => {
    const options = { beta: undefined, charOrder: undefined } as unknown as ChrfOptions;
    expect(chrf(readmeHypotheses, readmeReferences, options)).toEqual(
      chrf(readmeHypotheses, readmeReferences),
    );
  });

  it('counts a character outside the basic plane once', () => {
    expect(chrf(['🙂'], ['🙃']).score).toBe(0);
    expect(chrf(['🙂a'], ['🙂b'], { charOrder: 1 }).score).toBeCloseTo(50, 10);
  });

  it('throws typed errors', () => {
    expect(() => chrf(['a'], [])).toThrow(ShapeError);
    expect(() => chrf(['a'], ['a'], { charOrder: 0 })).toThrow(ConfigError);
    expect(() => chrf(['a'], ['a'], { wordOrder: -1 })).toThrow(
      'chrf: wordOrder must be an integer from 0 to 100, got -1',
    );
    expect(() => chrf(['a'], ['a'], { beta: Number.NaN })).toThrow(
      'chrf: beta must be a finite number of at least 0, got NaN',
    );
  });
});
