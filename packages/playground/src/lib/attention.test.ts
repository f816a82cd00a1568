import { expect, test } from 'vitest';
import { headMap, layerMean, queryWeights, restrictToTokens } from './attention.ts';

// Two layers of two heads over two tokens.
const attention = {
  layers: 2,
  heads: 2,
  tokens: 2,
  data: Float32Array.from([1, 0, 0, 1, 0.5, 0.5, 0.25, 0.75, 0, 1, 1, 0, 1, 0, 1, 0]),
};

test('headMap returns the map of a layer and head', () => {
  expect([...headMap(attention, 1, 0).data]).toEqual([0, 1, 1, 0]);
  expect([...headMap(attention, 0, 1).data]).toEqual([0.5, 0.5, 0.25, 0.75]);
});

test('layerMean averages the heads of a layer', () => {
  expect([...layerMean(attention, 0).data]).toEqual([0.75, 0.25, 0.125, 0.875]);
});

test('restrictToTokens rescales each row to sum to 1', () => {
  const map = { rows: 3, columns: 3, data: Float32Array.from([0.5, 0.25, 0.25, 0.2, 0.6, 0.2, 1, 0, 0]) };
  const restricted = restrictToTokens(map, [1, 2]);
  expect(restricted.rows).toBe(2);
  expect([...restricted.data]).toEqual([0.75, 0.25, 0, 0].map((v) => expect.closeTo(v, 6)));
  expect(restrictToTokens(map, [0, 1, 2])).toBe(map);
});

test('queryWeights returns the row of a query token', () => {
  expect([...queryWeights(headMap(attention, 0, 1), 1)]).toEqual([0.25, 0.75]);
});
