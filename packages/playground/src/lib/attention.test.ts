import { expect, test } from 'vitest';
import { among, headMap, layerMean, row } from './attention.ts';

// Two layers of two heads over two tokens.
const attention = {
  layers: 2,
  heads: 2,
  tokens: 2,
  data: Float32Array.from([1, 0, 0, 1, 0.5, 0.5, 0.25, 0.75, 0, 1, 1, 0, 1, 0, 1, 0]),
};

test('a head is found by layer and head', () => {
  expect([...headMap(attention, 1, 0).data]).toEqual([0, 1, 1, 0]);
  expect([...headMap(attention, 0, 1).data]).toEqual([0.5, 0.5, 0.25, 0.75]);
});

test('a layer is the mean of its heads', () => {
  expect([...layerMean(attention, 0).data]).toEqual([0.75, 0.25, 0.125, 0.875]);
});

test('without some tokens, each row shares out what is left', () => {
  const map = { rows: 3, columns: 3, data: Float32Array.from([0.5, 0.25, 0.25, 0.2, 0.6, 0.2, 1, 0, 0]) };
  const kept = among(map, [1, 2]);
  expect(kept.rows).toBe(2);
  expect([...kept.data]).toEqual([0.75, 0.25, 0, 0].map((v) => expect.closeTo(v, 6)));
  expect(among(map, [0, 1, 2])).toBe(map);
});

test('a row is what one token attends to', () => {
  expect([...row(headMap(attention, 0, 1), 1)]).toEqual([0.25, 0.75]);
});
