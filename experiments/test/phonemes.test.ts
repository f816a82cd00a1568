import { describe, expect, it } from 'vitest';
import { phonemeScores, phonemeScoresByLength } from '../src/experiments/phonemes/score.ts';

const words = [
  {
    spelling: 'live',
    pronunciations: [
      ['L', 'AY', 'V'],
      ['L', 'IH', 'V'],
    ],
  },
  { spelling: 'cat', pronunciations: [['K', 'AE', 'T']] },
  { spelling: 'phoneme', pronunciations: [['F', 'OW', 'N', 'IY', 'M']] },
];

describe('phonemeScores', () => {
  it('compares with the closest pronunciation of a word', () => {
    const outputs = [
      ['L', 'IH', 'V'],
      ['K', 'AE', 'T', 'S'],
      ['F', 'AO', 'N', 'M'],
    ];
    const { wordErrorRate, phonemeErrorRate } = phonemeScores(words, outputs);
    expect(wordErrorRate).toBeCloseTo(2 / 3, 12);
    // No edit, one insertion, one substitution and one deletion, of 3 + 3 + 5 phonemes.
    expect(phonemeErrorRate).toBeCloseTo(3 / 11, 12);
  });

  it('counts by length, with all longer words in the last bin', () => {
    const outputs = words.map(({ pronunciations }) => pronunciations[0]!);
    const bins = phonemeScoresByLength(words, outputs, { width: 2, longest: 5 });
    expect(bins.map(({ from, words: count }) => [from, count])).toEqual([
      [3, 2],
      [5, 1],
    ]);
    expect(bins.every(({ wordErrorRate }) => wordErrorRate === 0)).toBe(true);
  });
});
