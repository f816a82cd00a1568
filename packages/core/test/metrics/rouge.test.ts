import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/errors.ts';
import { type FScore, type RougeOptions, rouge } from '../../src/metrics.ts';

const expectScore = (score: FScore, precision: number, recall: number) => {
  expect(score.precision).toBeCloseTo(precision, 12);
  expect(score.recall).toBeCloseTo(recall, 12);
  expect(score.f1).toBeCloseTo(
    precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
    12,
  );
};

describe('rouge', () => {
  it('has the scores of the example in the README of rouge_score', () => {
    const scores = rouge(
      ['The quick brown dog jumps on the log.'],
      ['The quick brown fox jumps over the lazy dog'],
    );
    // Six common words, two common bigrams, five words in order; of 8 and 9.
    expectScore(scores.rouge1, 6 / 8, 6 / 9);
    expectScore(scores.rouge2, 2 / 7, 2 / 8);
    expectScore(scores.rougeL, 5 / 8, 5 / 9);
    expectScore(scores.rougeLsum, 5 / 8, 5 / 9);
  });

  // rouge_scorer_test.py of rouge_score.
  it.each<[string, 'rouge1' | 'rouge2' | 'rougeL', number, number]>([
    ['testing', 'rouge1', 1, 1 / 3],
    ['testing one', 'rouge1', 1, 2 / 3],
    ['testing one', 'rouge2', 1, 1 / 2],
    ['testing one', 'rougeL', 1, 2 / 3],
    ['testing two', 'rougeL', 1, 2 / 3],
    ['', 'rouge1', 0, 0],
    ['', 'rouge2', 0, 0],
    ['', 'rougeL', 0, 0],
  ])('scores %j given "testing one two" by %s as rouge_score does', (hypothesis, kind, precision, recall) => {
    expectScore(rouge([hypothesis], ['testing one two'])[kind], precision, recall);
  });

  it('unites the common subsequences of sentences (Lin 2004, section 3.2)', () => {
    const { rougeLsum, rougeL } = rouge(['w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5'], ['w1 w2 w3 w4 w5']);
    // w1 w2 and w1 w3 w5 unite to four words, of ten and five.
    expectScore(rougeLsum, 4 / 10, 4 / 5);
    // w1 w2 w3 w5, or w1 w2 … w5, in one sequence.
    expectScore(rougeL, 4 / 10, 4 / 5);
  });

  it('finds sentences in another order with ROUGE-Lsum only', () => {
    const { rougeLsum, rougeL } = rouge(['the dog barked\na cat slept'], ['a cat slept\nthe dog barked']);
    expectScore(rougeLsum, 1, 1);
    expectScore(rougeL, 3 / 6, 3 / 6);
  });

  it('counts no word of ROUGE-Lsum more often than in either text', () => {
    // "police" is in the subsequences of both lines of the reference, but once in the hypothesis.
    const { rougeLsum } = rouge(['police killed the gunman'], ['police killed\n\npolice ended']);
    expectScore(rougeLsum, 2 / 4, 2 / 4);
  });

  it('has 0 for ROUGE-Lsum of texts without words', () => {
    for (const [hypothesis, reference] of [
      ['', 'w1 w2'],
      ['w1', ''],
      ['/', 'w1 w2'],
    ])
      expectScore(rouge([hypothesis!], [reference!]).rougeLsum, 0, 0);
  });

  it('chooses the reference with the best F1 for each score', () => {
    const { rouge1, rouge2 } = rouge(['a b c'], [['c b a x', 'b c y y y y']]);
    expectScore(rouge1, 1, 3 / 4);
    expectScore(rouge2, 1 / 2, 1 / 5);
  });

  it('averages over the corpus', () => {
    const { rouge1 } = rouge(['a', 'b c'], ['a', 'b']);
    expect(rouge1).toEqual({ precision: 0.75, recall: 1, f1: (1 + 2 / 3) / 2 });
  });

  it('finds words of other scripts with tokenize unicode', () => {
    const score = (tokenize: 'ascii' | 'unicode') =>
      rouge(['나는 커피를 마셨다.'], ['나는 차를 마셨다'], { tokenize }).rouge1.f1;
    expect(score('ascii')).toBe(0);
    expect(score('unicode')).toBeCloseTo(2 / 3, 12);
  });

  it('throws typed errors', () => {
    expect(() => rouge(['a'], [])).toThrow(ShapeError);
    expect(() => rouge(['a'], ['a'], { tokenize: 'words' } as unknown as RougeOptions)).toThrow(ConfigError);
    expect(() => rouge(['a'], ['a'], { tokenize: 'words' } as unknown as RougeOptions)).toThrow(
      'rouge: tokenize must be one of ascii, unicode, got "words"',
    );
  });
});
