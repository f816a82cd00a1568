import { createBackend } from '@headwise/core';
import { relativePositionBucket } from '@headwise/core/nn';
import { describe, expect, it, test } from 'vitest';
import { copyBatch, copyResults, copyScores, END, SEPARATOR } from '../src/experiments/positions/copying.ts';
import {
  PositionalDecoder,
  positionKinds,
  positionsOf,
  relativeBuckets,
} from '../src/experiments/positions/model.ts';
import { stepsTo } from '../src/experiments/positions/report.ts';

const pair = (source: string) => ({ source, target: source });

describe('copyBatch', () => {
  it('has the targets of the tokens from the separator on', () => {
    const batch = copyBatch([pair('ab'), pair('c')]);
    expect([...batch.ids]).toEqual([0, 1, SEPARATOR, 0, 1, 2, SEPARATOR, 2]);
    expect([...batch.offsets]).toEqual([0, 5, 8]);
    expect([...batch.rows]).toEqual([2, 3, 4, 6, 7]);
    expect([...batch.labels]).toEqual([0, 1, END, 2, END]);
    expect([...batch.targetOffsets]).toEqual([0, 3, 5]);
    expect(batch.targets).toBe(5);
  });
});

test('copyScores counts strings without an error by length', () => {
  const batch = copyBatch([pair('ab'), pair('c'), pair('abc')]);
  const predicted = [0, 1, END, 2, 5, 0, 1, 2, END];
  const results = copyResults(batch, predicted);
  expect(results).toEqual([
    { length: 2, right: 3 },
    { length: 1, right: 1 },
    { length: 3, right: 4 },
  ]);
  expect(copyScores(results, 2)).toEqual([
    { from: 1, to: 2, count: 2, exact: 0.5, tokenAccuracy: 4 / 5 },
    { from: 3, to: 4, count: 1, exact: 1, tokenAccuracy: 1 },
  ]);
});

test('positionsOf counts from 0 in each sequence', () => {
  expect([...positionsOf(Int32Array.of(0, 3, 3, 5))]).toEqual([0, 1, 2, 0, 1]);
});

test('relativeBuckets has a row of the table for each head, query and key', () => {
  const rows = relativeBuckets(2, 3);
  expect(rows.length).toBe(2 * 3 * 3);
  const bucket = (distance: number) => relativePositionBucket(distance, { bidirectional: false });
  expect([...rows.subarray(6, 9)]).toEqual([bucket(-2), bucket(-1), bucket(0)]);
  expect([...rows.subarray(15, 18)]).toEqual([bucket(-2), bucket(-1), bucket(0)].map((row) => row + 32));
});

describe.each(positionKinds)('a decoder with positions: %s', (positions) => {
  const sizes = { vocabSize: 28, width: 16, heads: 2, layers: 1, positions, maxPositions: 20 };

  it('does not see later tokens or other sequences', async () => {
    const model = await new PositionalDecoder(sizes).to(await createBackend(), { seed: 1 });
    const logits = (...texts: string[]) => {
      const { ids, offsets } = copyBatch(texts.map(pair));
      return model.predict(ids, offsets, Int32Array.of(0, 1)).data;
    };
    expect(Math.max(...difference(logits('abc'), logits('abcdef', 'xyz')))).toBeLessThan(1e-5);
    model.dispose();
  });

  it('tells the order of tokens before a token unless it has no positions', async () => {
    const model = await new PositionalDecoder(sizes).to(await createBackend(), { seed: 1 });
    const last = (text: string) => {
      const { ids, offsets, rows } = copyBatch([pair(text)]);
      return model.predict(ids, offsets, rows.slice(0, 1)).data;
    };
    const most = Math.max(...difference(last('abc'), last('bac')));
    if (positions === 'none') expect(most).toBeLessThan(1e-5);
    else expect(most).toBeGreaterThan(1e-4);
    model.dispose();
  });
});

const difference = (a: Float32Array, b: Float32Array) => [...a].map((value, i) => Math.abs(value - b[i]!));

test('stepsTo is the mean of the seeds, or null if one does not reach the score', () => {
  const run = (...exact: number[]) => ({
    seed: 0,
    parameters: 1,
    progress: exact.map((value, i) => ({ step: 10 * (i + 1), exact: value })),
    byLength: [],
  });
  expect(stepsTo([run(0.5, 0.9), run(0.95, 1)], 0.9)).toBe(15);
  expect(stepsTo([run(0.5, 0.9), run(0.1, 0.2)], 0.9)).toBeNull();
});
