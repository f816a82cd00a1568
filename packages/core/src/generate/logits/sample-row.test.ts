import { describe, expect, test } from 'vitest';
import { Random } from '../../platform/random.ts';
import { ArrayRow } from './array-row.ts';
import { sample } from './sample.ts';
import { type SamplingSettings, sampleRow } from './sample-row.ts';
import { minP, temperature, topK, topP } from './warpers.ts';

/** What Transformers' warpers and a draw give, one after another on all logits. */
function oneByOne(logits: Float32Array, settings: SamplingSettings, random: Random): number {
  const scores = logits.slice();
  const sequence = { ids: [], promptLength: 0 };
  if (settings.temperature !== 1) temperature(settings.temperature)(scores, sequence);
  if (settings.topK > 0) topK(settings.topK)(scores, sequence);
  if (settings.topP < 1) topP(settings.topP)(scores, sequence);
  if (settings.minP > 0) minP(settings.minP)(scores, sequence);
  return sample(scores, random);
}

const ALL: SamplingSettings = { temperature: 1, topK: 0, topP: 1, minP: 0 };

const sampled = (logits: Float32Array, settings: SamplingSettings, random: Random) =>
  sampleRow(
    new ArrayRow(logits.slice()),
    logits.reduce((most, value) => Math.max(most, value)),
    settings,
    random,
  );

/** Logits with ties, neighbouring floats and forbidden tokens. */
function logitsOf(size: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, (_, i) => {
    if (random.next() < 0.1) return -Infinity;
    const value = Math.round(random.next() * 40) / 4 - 4;
    // A few units in the last place.
    return i % 3 === 0 ? value : value * (1 + (i % 5) * 2 ** -23);
  });
}

describe('sampleRow', () => {
  test('gives the tokens of temperature, topK, topP, minP and sample one after another', () => {
    let count = 0;
    for (const temperature of [1, 0.7, 1.3, 0.01, 40]) {
      for (const topK of [0, 1, 2, 7, 50, 400]) {
        for (const topP of [1, 0.999, 0.5, 0.01]) {
          for (const minP of [0, 0.02, 1]) {
            const settings = { temperature, topK, topP, minP };
            const seed = count++;
            const logits = logitsOf([5, 60, 300][seed % 3]!, seed);
            const [a, b] = [new Random(seed), new Random(seed)];
            for (let i = 0; i < 3; i++)
              expect(sampled(logits, settings, a), JSON.stringify(settings)).toBe(
                oneByOne(logits, settings, b),
              );
          }
        }
      }
    }
  });

  test('keeps tokens whose logits differ from the k-th largest only before they are divided', () => {
    // Quotients between 1 and 2 of neighbouring floats between 1 and 2 are often equal.
    const logits = Float32Array.from({ length: 8 }, (_, i) => 1.9 + (i < 5 ? i : -20) * 2 ** -23);
    const settings = { ...ALL, temperature: 1.8, topK: 2 };
    const random = new Random(1);
    const drawn = new Set(Array.from({ length: 200 }, () => sampled(logits, settings, random)));
    const second = Math.fround(logits[3]! / 1.8);
    const kept = [...logits.keys()].filter((i) => Math.fround(logits[i]! / 1.8) >= second);
    expect(kept).toHaveLength(3);
    expect([...drawn].sort()).toEqual(kept);
  });

  test('samples from the whole vocabulary with its probabilities', () => {
    const logits = Float32Array.from([0.5, 0.3, 0, 0.2].map(Math.log));
    const random = new Random(3);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[sampled(logits, ALL, random)]!++;
    expect(counts[0]! / 20_000).toBeCloseTo(0.5, 1.8);
    expect(counts[1]! / 20_000).toBeCloseTo(0.3, 1.8);
    expect(counts[2]).toBe(0);
  });

  test.each([1e-45, 1e-38, 1e38, 1e300])('accepts the temperature %f', (temperature) => {
    const logits = Float32Array.of(1, 3, -Infinity, 2);
    for (const more of [{}, { topP: 0.9 }, { topK: 2 }, { minP: 0.1 }]) {
      const random = new Random(1);
      const drawn = new Set(
        Array.from({ length: 100 }, () => sampled(logits, { ...ALL, ...more, temperature }, random)),
      );
      expect(drawn.has(2)).toBe(false);
      if (temperature < 1) expect([...drawn]).toEqual([1]);
      else expect(drawn.size).toBeGreaterThan(1);
    }
  });
});
