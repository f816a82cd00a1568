import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/errors.ts';
import {
  bleu,
  bleuMetric,
  chrf,
  chrfMetric,
  meanMetric,
  pairedBootstrap,
  ter,
  terMetric,
} from '../../src/metrics.ts';

type Name = 'bleu' | 'chrf' | 'ter';

// Two systems whose errors are drawn at random; results of sacreBLEU 2.6.0 with numpy's random numbers: fixtures/make/metrics.py.
const { a, b, references, results } = (
  JSON.parse(readFileSync(new URL('../fixtures/metrics.json', import.meta.url), 'utf8')) as {
    bootstrap: {
      a: readonly string[];
      b: readonly string[];
      references: readonly string[];
      results: Readonly<Record<Name, { a: number; b: number; pValue: number }>>;
    };
  }
).bootstrap;
const metrics = { bleu: bleuMetric(), chrf: chrfMetric(), ter: terMetric() };
const accuracy = meanMetric((output: number, reference: number) => (output === reference ? 1 : 0));

describe('pairedBootstrap', () => {
  it.each<Name>(['bleu', 'chrf', 'ter'])('has the scores and the p-value of sacreBLEU for %s', (name) => {
    const own = pairedBootstrap(a, b, references, metrics[name]);
    expect(own.a).toBeCloseTo(results[name].a, 9);
    expect(own.b).toBeCloseTo(results[name].b, 9);
    expect(own.difference).toBe(own.a - own.b);
    // The standard error of a share of 0.15 over 1000 samples is 0.011, on either side.
    expect(Math.abs(own.pValue - results[name].pValue)).toBeLessThan(0.05);
  });

  it('scores the whole test set as the metric itself', () => {
    expect(pairedBootstrap(a, b, references, metrics.bleu).a).toBe(bleu(a, references).score);
    expect(pairedBootstrap(a, b, references, metrics.chrf).a).toBe(chrf(a, references).score);
    expect(pairedBootstrap(a, b, references, metrics.ter).a).toBe(ter(a, references).score);
  });

  it('depends on the seed only', () => {
    const run = (seed?: number) =>
      pairedBootstrap(a, b, references, metrics.chrf, { samples: 200, ...(seed && { seed }) });
    expect(run()).toEqual(run());
    expect(run()).toEqual(run(12_345));
    expect(run(1).interval).not.toEqual(run(2).interval);
  });

  it('has a small p-value for a clear difference, with an interval on one side of 0', () => {
    const worse = references.map((reference) => reference.replace(/w(\d)/, 'x'));
    const result = pairedBootstrap(references, worse, references, metrics.bleu);
    expect(result.pValue).toBe(1 / 1001);
    expect(result.interval[0]).toBeGreaterThan(0);
    expect(result.interval[0]).toBeLessThan(result.difference);
    expect(result.interval[1]).toBeGreaterThan(result.difference);
    const swapped = pairedBootstrap(worse, references, references, metrics.bleu);
    expect(swapped.pValue).toBe(result.pValue);
    expect(swapped.difference).toBe(-result.difference);
  });

  it('has the p-value 1 for equal systems', () => {
    expect(pairedBootstrap(a, a, references, metrics.bleu)).toMatchObject({
      difference: 0,
      interval: [0, 0],
      pValue: 1,
    });
  });

  it('has a large p-value for systems with as many errors in other places', () => {
    const labels = new Array<number>(100).fill(1);
    const withErrorsFrom = (from: number) =>
      labels.map((label, i) => (i >= from && i < from + 20 ? 0 : label));
    const result = pairedBootstrap(withErrorsFrom(0), withErrorsFrom(50), labels, accuracy);
    expect(result).toMatchObject({ a: 0.8, b: 0.8, difference: 0 });
    expect(result.pValue).toBeGreaterThan(0.3);
    expect(result.interval[0]).toBeLessThan(0);
    expect(result.interval[1]).toBeGreaterThan(0);
  });

  it('has the interval of a mean that theory gives', () => {
    // The difference of two accuracies is a mean of 400 values of −1, 0 and 1.
    const labels = new Array<number>(400).fill(1);
    const first = labels.map((_, i) => (i % 10 === 0 ? 0 : 1));
    const second = labels.map((_, i) => (i % 4 === 1 ? 0 : 1));
    const { difference, interval } = pairedBootstrap(first, second, labels, accuracy, { samples: 4000 });
    const values = first.map((value, i) => value - second[i]!);
    const variance = values.reduce((sum, value) => sum + (value - difference) ** 2, 0) / values.length;
    const margin = 1.96 * Math.sqrt(variance / values.length);
    expect(difference).toBeCloseTo(0.15, 12);
    expect(Math.abs(interval[0] - (difference - margin))).toBeLessThan(0.01);
    expect(Math.abs(interval[1] - (difference + margin))).toBeLessThan(0.01);
  });

  it('has a narrower interval at a lower confidence', () => {
    const width = (confidence: number) => {
      const { interval } = pairedBootstrap(a, b, references, metrics.chrf, { confidence });
      return interval[1] - interval[0];
    };
    expect(width(0.5)).toBeLessThan(width(0.9));
    expect(width(0.9)).toBeLessThan(width(0.99));
  });

  it('throws typed errors', () => {
    const run = (options: object) => () => pairedBootstrap(a, b, references, metrics.bleu, options);
    expect(() => pairedBootstrap(a, b.slice(1), references, metrics.bleu)).toThrow(ShapeError);
    expect(() => pairedBootstrap(a, b, references.slice(1), metrics.bleu)).toThrow(ShapeError);
    expect(() => pairedBootstrap([], [], [], metrics.bleu)).toThrow(ShapeError);
    expect(run({ samples: 0 })).toThrow(ConfigError);
    expect(run({ samples: 0.5 })).toThrow(
      'pairedBootstrap: samples must be an integer from 1 to 1000000, got 0.5',
    );
    expect(run({ seed: -1 })).toThrow(
      'pairedBootstrap: seed must be an integer from 0 to 4294967295, got -1',
    );
    expect(run({ confidence: 95 })).toThrow('pairedBootstrap: confidence must be between 0 and 1, got 95');
    const undefinedMean = meanMetric(() => Number.NaN);
    expect(() => pairedBootstrap(a, b, references, undefinedMean)).toThrow(
      'pairedBootstrap: the metric must return finite scores, got NaN',
    );
    expect(() => bleuMetric({ maxNgramOrder: 0 })).toThrow(ConfigError);
    expect(() => chrfMetric({ charOrder: 0 })).toThrow(ConfigError);
  });
});
