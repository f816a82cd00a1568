import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { meteorExact } from '../../src/metrics.ts';

describe('meteorExact', () => {
  // NLTK 3.10: exact_match and _count_chunks, with the parameters of single_meteor_score.
  const references = [
    'It is a guide to action that ensures that the military will forever heed Party commands',
    'It is the guiding principle which guarantees the military forces always being under the command of the Party',
    'It is the practical guide for the army always to heed the directions of the party',
  ];
  const first =
    'It is a guide to action which ensures that the military always obeys the commands of the party';
  const second = 'It is to insure the troops forever hearing the activity guidebook that party direct';

  it.each<[string, string, number]>([
    [first, references[0]!, 0.6944444444444445],
    [first, references[1]!, 0.4955555555555556],
    [first, references[2]!, 0.5114197530864197],
    [second, references[0]!, 0.3035391371738569],
    [second, references[1]!, 0.21136363636363634],
    [second, references[2]!, 0.2698663853727145],
    ['the cat sat on the mat', 'on the mat sat the cat', 0.5],
    ['a b a b c', 'a b c a b', 0.892],
    ['The Cat', 'the cat', 0.9375],
    ['나는 커피를 마셨다', '커피를 나는 마셨다 어제', 0.38461538461538464],
    ['x y', 'a b', 0],
  ])('has the score of NLTK for %j given %j', (hypothesis, reference, score) => {
    expect(meteorExact([hypothesis], [reference])).toBeCloseTo(score, 12);
  });

  it('chooses the best reference of each text and averages over the corpus', () => {
    expect(meteorExact([first, second], [references, references])).toBeCloseTo(
      (0.6944444444444445 + 0.3035391371738569) / 2,
      12,
    );
  });

  it('is 0 for an empty text', () => {
    expect(meteorExact(['', 'a'], ['a', ''])).toBe(0);
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => meteorExact(['a'], [])).toThrow(ShapeError);
  });
});
