import { describe, expect, test } from 'vitest';
import {
  badWords,
  forceToken,
  type LogitsProcessor,
  logitBias,
  minLength,
  noRepeatNgram,
  renormalize,
  repetitionPenalty,
  suppressTokens,
} from './processors.ts';
import { minP, temperature, topK, topP } from './warpers.ts';

const NONE = -Infinity;

/** What a processor makes of scores, after these ids of which so many were the prompt. */
function processed(
  process: LogitsProcessor,
  scores: readonly number[],
  ids: readonly number[] = [],
  promptLength = 0,
): number[] {
  const changed = Float64Array.from(scores);
  process(changed, { ids, promptLength });
  return [...changed];
}

/** Scores of these probabilities. */
const logs = (...probabilities: number[]) => probabilities.map(Math.log);

/** Which tokens are left. */
const left = (process: LogitsProcessor, scores: readonly number[]) =>
  processed(process, scores).flatMap((score, id) => (score > NONE ? [id] : []));

describe('logits processors', () => {
  test('logitBias adds, and forbids', () => {
    const biases = new Map([
      [0, 2.5],
      [2, NONE],
    ]);
    expect(processed(logitBias(biases), [1, 1, 1])).toEqual([3.5, 1, NONE]);
  });

  test('repetitionPenalty divides positive and multiplies negative logits, once for each token', () => {
    expect(processed(repetitionPenalty(2), [4, -4, 1, 0], [0, 1, 0, 3, 1])).toEqual([2, -8, 1, 0]);
    expect(processed(repetitionPenalty(0.5), [4, -4], [0, 1])).toEqual([8, -2]);
  });

  test('noRepeatNgram forbids what would complete a run that was there', () => {
    const scores = [0, 0, 0, 0];
    // 1 2 came before: after 1, no 2; after 1 3, no 1.
    expect(left(noRepeatNgram(2), scores)).toEqual([0, 1, 2, 3]);
    expect(processed(noRepeatNgram(2), scores, [1, 2, 3, 1])).toEqual([0, 0, NONE, 0]);
    expect(processed(noRepeatNgram(3), scores, [1, 3, 1, 2, 1, 3])).toEqual([0, NONE, 0, 0]);
    expect(processed(noRepeatNgram(1), scores, [1, 3])).toEqual([0, NONE, 0, NONE]);
    expect(processed(noRepeatNgram(5), scores, [1, 1, 1, 1])).toEqual(scores);
    expect(processed(noRepeatNgram(4), scores, [1, 1, 1, 1])).toEqual([0, NONE, 0, 0]);
  });

  test('badWords forbids single tokens always, and sequences where they would end', () => {
    const process = badWords([[0], [2, 3], [1, 2, 1]]);
    expect(processed(process, [0, 0, 0, 0])).toEqual([NONE, 0, 0, 0]);
    expect(processed(process, [0, 0, 0, 0], [2])).toEqual([NONE, 0, 0, NONE]);
    expect(processed(process, [0, 0, 0, 0], [1, 2])).toEqual([NONE, NONE, 0, NONE]);
  });

  test('minLength forbids the end for a while, counting all ids or the new ones', () => {
    const all = minLength([1], { length: 3 });
    expect(processed(all, [0, 0], [5, 5], 2)).toEqual([0, NONE]);
    expect(processed(all, [0, 0], [5, 5, 5], 2)).toEqual([0, 0]);
    const generated = minLength(new Set([0, 1]), { newTokens: 2 });
    expect(processed(generated, [0, 0], [5, 5, 5], 2)).toEqual([NONE, NONE]);
    expect(processed(generated, [0, 0], [5, 5, 5, 5], 2)).toEqual([0, 0]);
  });

  test('forceToken leaves one token in its place alone', () => {
    expect(processed(forceToken(2, 1), [1, 1, 1], [0, 0], 1)).toEqual([NONE, NONE, 0]);
    expect(processed(forceToken(2, 1), [1, 1, 1], [0], 1)).toEqual([1, 1, 1]);
  });

  test('suppressTokens forbids everywhere or at first', () => {
    expect(processed(suppressTokens([1]), [1, 1], [0], 0)).toEqual([1, NONE]);
    expect(processed(suppressTokens([1], 'first'), [1, 1], [0], 0)).toEqual([1, 1]);
    expect(processed(suppressTokens([1], 'first'), [1, 1], [0], 1)).toEqual([1, NONE]);
  });

  test('renormalize makes log-probabilities again', () => {
    const scores = processed(renormalize(), [Math.log(0.2), NONE, Math.log(0.6)]);
    expect(scores[0]).toBeCloseTo(Math.log(0.25), 12);
    expect(scores[1]).toBe(NONE);
    expect(scores[2]).toBeCloseTo(Math.log(0.75), 12);
  });
});

describe('warpers', () => {
  test('temperature divides', () => {
    expect(processed(temperature(0.5), [1, -2, NONE])).toEqual([2, -4, NONE]);
  });

  test('topK leaves the likeliest, and those as likely as the last of them', () => {
    expect(left(topK(2), [1, 5, 3, 4])).toEqual([1, 3]);
    expect(left(topK(2), [3, 5, 3, 1])).toEqual([0, 1, 2]);
    expect(left(topK(4), [1, 5, 3, 4])).toEqual([0, 1, 2, 3]);
    expect(left(topK(9), [1, 5, 3, 4])).toEqual([0, 1, 2, 3]);
    const many = Array.from({ length: 1000 }, (_, i) => (i * 37) % 1000);
    expect(left(topK(200), many)).toEqual(many.flatMap((score, id) => (score >= 800 ? [id] : [])));
  });

  test('topP leaves as few of the likeliest as have so much together', () => {
    // Hugging Face's own example.
    const scores = logs(0.3, 0.1, 0.1, 0.5);
    expect(left(topP(0.79), scores)).toEqual([0, 3]);
    expect(left(topP(0.5), scores)).toEqual([3]);
    expect(left(topP(0.01), scores)).toEqual([3]);
    expect(left(topP(0.85), scores)).toEqual([0, 1, 3]);
    expect(left(topP(1), scores)).toEqual([0, 1, 2, 3]);
    // What comes out of others' hands need not be normalised.
    expect(left(topP(0.79), [...scores.map((score) => score + 7), NONE])).toEqual([0, 3]);
  });

  test('topP finds its way through flat distributions too', () => {
    const flat = new Array<number>(5000).fill(0);
    expect(left(topP(0.5), flat)).toEqual(Array.from({ length: 2500 }, (_, i) => i));
    expect(left(topP(0.01), flat)).toHaveLength(50);
  });

  test('minP leaves what is at least so likely beside the likeliest', () => {
    const scores = logs(0.5, 0.26, 0.24, 0.04);
    expect(left(minP(0.5), scores)).toEqual([0, 1]);
    expect(left(minP(0.1), scores)).toEqual([0, 1, 2]);
    expect(left(minP(1), scores)).toEqual([0]);
  });
});
