import { describe, expect, test } from 'vitest';
import {
  badWords,
  countPenalties,
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

/** The scores after processing, for a sequence of these ids. */
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

/** Log-probabilities. */
const logs = (...probabilities: number[]) => probabilities.map(Math.log);

/** Ids of the tokens that are not forbidden. */
const allowed = (process: LogitsProcessor, scores: readonly number[]) =>
  processed(process, scores).flatMap((score, id) => (score > NONE ? [id] : []));

describe('logits processors', () => {
  test('logitBias adds biases, and -Infinity forbids a token', () => {
    const biases = new Map([
      [0, 2.5],
      [2, NONE],
    ]);
    expect(processed(logitBias(biases), [1, 1, 1])).toEqual([3.5, 1, NONE]);
  });

  test('countPenalties subtracts from the tokens that were generated, once and for each time', () => {
    const generated = { ids: [3, 0, 1, 0], promptLength: 1 };
    const scores = Float32Array.of(4, 4, 4, 4);
    countPenalties(1, 0.5)(scores, generated);
    expect([...scores]).toEqual([2, 2.5, 4, 4]);
  });

  test('repetitionPenalty divides positive and multiplies negative logits, once for each token', () => {
    expect(processed(repetitionPenalty(2), [4, -4, 1, 0], [0, 1, 0, 3, 1])).toEqual([2, -8, 1, 0]);
    expect(processed(repetitionPenalty(0.5), [4, -4], [0, 1])).toEqual([8, -2]);
  });

  test('noRepeatNgram forbids tokens that would repeat an n-gram', () => {
    const scores = [0, 0, 0, 0];
    // The bigram 1 2 and the trigram 1 3 1 occurred before.
    expect(allowed(noRepeatNgram(2), scores)).toEqual([0, 1, 2, 3]);
    expect(processed(noRepeatNgram(2), scores, [1, 2, 3, 1])).toEqual([0, 0, NONE, 0]);
    expect(processed(noRepeatNgram(3), scores, [1, 3, 1, 2, 1, 3])).toEqual([0, NONE, 0, 0]);
    expect(processed(noRepeatNgram(1), scores, [1, 3])).toEqual([0, NONE, 0, NONE]);
    expect(processed(noRepeatNgram(5), scores, [1, 1, 1, 1])).toEqual(scores);
    expect(processed(noRepeatNgram(4), scores, [1, 1, 1, 1])).toEqual([0, NONE, 0, 0]);
  });

  test('badWords forbids single tokens, and the last token of sequences', () => {
    const process = badWords([[0], [2, 3], [1, 2, 1]]);
    expect(processed(process, [0, 0, 0, 0])).toEqual([NONE, 0, 0, 0]);
    expect(processed(process, [0, 0, 0, 0], [2])).toEqual([NONE, 0, 0, NONE]);
    expect(processed(process, [0, 0, 0, 0], [1, 2])).toEqual([NONE, NONE, 0, NONE]);
  });

  test('minLength counts all ids, newTokens the generated ones', () => {
    const all = minLength([1], { length: 3 });
    expect(processed(all, [0, 0], [5, 5], 2)).toEqual([0, NONE]);
    expect(processed(all, [0, 0], [5, 5, 5], 2)).toEqual([0, 0]);
    const generated = minLength(new Set([0, 1]), { newTokens: 2 });
    expect(processed(generated, [0, 0], [5, 5, 5], 2)).toEqual([NONE, NONE]);
    expect(processed(generated, [0, 0], [5, 5, 5, 5], 2)).toEqual([0, 0]);
  });

  test('forceToken forbids all other tokens at its position', () => {
    expect(processed(forceToken(2, 1), [1, 1, 1], [0, 0], 1)).toEqual([NONE, NONE, 0]);
    expect(processed(forceToken(2, 1), [1, 1, 1], [0], 1)).toEqual([1, 1, 1]);
  });

  test('suppressTokens forbids tokens everywhere or at the first position', () => {
    expect(processed(suppressTokens([1]), [1, 1], [0], 0)).toEqual([1, NONE]);
    expect(processed(suppressTokens([1], 'first'), [1, 1], [0], 0)).toEqual([1, 1]);
    expect(processed(suppressTokens([1], 'first'), [1, 1], [0], 1)).toEqual([1, NONE]);
  });

  test('renormalize returns log-probabilities', () => {
    const scores = processed(renormalize(), [Math.log(0.2), NONE, Math.log(0.6)]);
    expect(scores[0]).toBeCloseTo(Math.log(0.25), 12);
    expect(scores[1]).toBe(NONE);
    expect(scores[2]).toBeCloseTo(Math.log(0.75), 12);
  });
});

describe('warpers', () => {
  test('temperature divides scores', () => {
    expect(processed(temperature(0.5), [1, -2, NONE])).toEqual([2, -4, NONE]);
  });

  test('topK keeps the most probable tokens and ties with the last of them', () => {
    expect(allowed(topK(2), [1, 5, 3, 4])).toEqual([1, 3]);
    expect(allowed(topK(2), [3, 5, 3, 1])).toEqual([0, 1, 2]);
    expect(allowed(topK(4), [1, 5, 3, 4])).toEqual([0, 1, 2, 3]);
    expect(allowed(topK(9), [1, 5, 3, 4])).toEqual([0, 1, 2, 3]);
    const many = Array.from({ length: 1000 }, (_, i) => (i * 37) % 1000);
    expect(allowed(topK(200), many)).toEqual(many.flatMap((score, id) => (score >= 800 ? [id] : [])));
  });

  test('topP keeps the fewest most probable tokens with at least this probability', () => {
    // Example from Hugging Face's tests.
    const scores = logs(0.3, 0.1, 0.1, 0.5);
    expect(allowed(topP(0.79), scores)).toEqual([0, 3]);
    expect(allowed(topP(0.5), scores)).toEqual([3]);
    expect(allowed(topP(0.01), scores)).toEqual([3]);
    expect(allowed(topP(0.85), scores)).toEqual([0, 1, 3]);
    expect(allowed(topP(1), scores)).toEqual([0, 1, 2, 3]);
    // Scores need not be normalised.
    expect(allowed(topP(0.79), [...scores.map((score) => score + 7), NONE])).toEqual([0, 3]);
  });

  test('topP handles flat distributions', () => {
    const flat = new Array<number>(5000).fill(0);
    expect(allowed(topP(0.5), flat)).toEqual(Array.from({ length: 2500 }, (_, i) => i));
    expect(allowed(topP(0.01), flat)).toHaveLength(50);
  });

  test('minP keeps tokens with at least this ratio to the maximum probability', () => {
    const scores = logs(0.5, 0.26, 0.24, 0.04);
    expect(allowed(minP(0.5), scores)).toEqual([0, 1]);
    expect(allowed(minP(0.1), scores)).toEqual([0, 1, 2]);
    expect(allowed(minP(1), scores)).toEqual([0]);
  });
});
