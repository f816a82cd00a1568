import { expect, test } from 'vitest';
import { describe as describeRow } from '../pictures/attention-row.ts';
import { align, difference, movedShare } from './align.ts';
import { headLabel, headShares, strongestPair } from './head-labels.ts';
import type { Matrix } from './raster.ts';
import { thumbnailSide, writeTones } from './tones.ts';
import { mergeUnits, unitsOf } from './units.ts';

const matrix = (rows: number[][]): Matrix => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  data: Float32Array.from(rows.flat()),
});
const none = (count: number): boolean[] => Array.from({ length: count }, () => false);

test('words are what stands between spaces, whatever the tokens', () => {
  const tokens = ['[CLS]', '나는', '커피', '##를', '.', '[SEP]'];
  const offsets = [0, 0, 0, 2, 3, 5, 5, 6, 6, 7, 0, 0];
  const special = [true, false, false, false, false, true];
  const units = unitsOf({ text: '나는 커피를.', tokens, offsets, special }, 'words');
  expect(units.map(({ label, from, to }) => [label, from, to])).toEqual([
    ['[CLS]', 0, 1],
    ['나는', 1, 2],
    ['커피를.', 2, 5],
    ['[SEP]', 5, 6],
  ]);
});

test('words begin anew where offsets have the white space before them', () => {
  const text = 'I love  you';
  const tokens = ['I', ' love', ' ', ' you'];
  const units = unitsOf({ text, tokens, offsets: [0, 1, 1, 6, 6, 7, 7, 11], special: none(4) }, 'words');
  expect(units.map(({ label, from, to }) => [label, from, to])).toEqual([
    ['I', 0, 1],
    ['love', 1, 2],
    ['you', 2, 4],
  ]);
});

test('mergeUnits keeps rows that sum to 1', () => {
  const map = matrix([
    [0.5, 0.25, 0.25],
    [0.1, 0.6, 0.3],
    [0.3, 0.3, 0.4],
  ]);
  const unit = { label: '', special: false, continues: false };
  const merged = mergeUnits(map, [
    { ...unit, from: 0, to: 1 },
    { ...unit, from: 1, to: 3 },
  ]);
  const expected = [0.5, 0.5, 0.2, 0.8];
  for (const [i, value] of expected.entries()) expect(merged.data[i]).toBeCloseTo(value, 6);
});

test.each([
  [
    'previous',
    [
      [1, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  ],
  [
    'next',
    [
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 1],
    ],
  ],
  [
    'self',
    [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
  ],
  [
    'sink',
    [
      [1, 0, 0, 0],
      [1, 0, 0, 0],
      [1, 0, 0, 0],
      [1, 0, 0, 0],
    ],
  ],
  [
    'broad',
    [
      [0.25, 0.25, 0.25, 0.25],
      [0.25, 0.25, 0.25, 0.25],
      [0.25, 0.25, 0.25, 0.25],
      [0.25, 0.25, 0.25, 0.25],
    ],
  ],
  [
    'content',
    [
      [0, 0, 0, 1],
      [0, 0, 0, 1],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ],
  ],
])('a head is labelled %s', (label, rows) => {
  expect(headLabel(headShares(matrix(rows), none(4), false))).toBe(label);
});

test('of a head at rest, the strongest pair is of two other tokens of the text', () => {
  const map = matrix([
    [0.1, 0.9, 0, 0],
    [0.2, 0.1, 0, 0.7],
    [0.5, 0.45, 0.05, 0],
    [0, 0, 0, 1],
  ]);
  expect(strongestPair(map, [true, false, false, true])).toEqual({
    query: 2,
    key: 1,
    weight: expect.closeTo(0.45, 6),
  });
  expect(strongestPair(map, [true, false, true, true])).toBeUndefined();
  expect(strongestPair(matrix([[1]]), [false])).toBeUndefined();
});

test('of a causal head the first token does not count, and equal weights are those of the tokens so far', () => {
  const map = matrix([
    [1, 0, 0],
    [0.5, 0.5, 0],
    [1 / 3, 1 / 3, 1 / 3],
  ]);
  const shares = headShares(map, none(3), true);
  expect(shares.entropy).toBeCloseTo(1, 6);
  expect(shares.self).toBeCloseTo((0.5 + 1 / 3) / 2, 6);
});

test('thumbnails have at most 64 cells a side, each the mean of what it covers', () => {
  expect([thumbnailSide(5), thumbnailSide(512)]).toEqual([5, 64]);
  const tones = new Uint8Array(4);
  writeTones(
    matrix([
      [1, 1, 0, 0],
      [1, 1, 0, 0],
      [0, 0, 0.25, 0.25],
      [0, 0, 0.25, 0.25],
    ]),
    2,
    tones,
    0,
  );
  expect([...tones]).toEqual([255, 0, 0, 128]);
});

test('align pairs common beginnings and ends, and what was replaced by as much', () => {
  expect(align(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  expect(align(['a', 'b', 'c'], ['a', 'x', 'y', 'c'])).toEqual([
    [0, 0],
    [2, 3],
  ]);
  expect(align([], ['a'])).toEqual([]);
});

test('movedShare counts what moved between places, and away from them', () => {
  const pairs = [
    [0, 0],
    [1, 1],
  ] as const;
  const a = matrix([
    [0.5, 0.5],
    [1, 0],
  ]);
  expect(movedShare(difference(a, a, pairs))).toBe(0);
  expect(
    movedShare(
      difference(
        a,
        matrix([
          [0, 1],
          [1, 0],
        ]),
        pairs,
      ),
    ),
  ).toBeCloseTo(0.25, 6);
  // A third place of the second text has all the weight of the first row.
  const b = matrix([
    [0, 0, 1],
    [1, 0, 0],
    [0, 0, 1],
  ]);
  expect(movedShare(difference(a, b, pairs))).toBeCloseTo(0.5, 6);
});

test('a row in words begins with the largest weights', () => {
  const t = {
    row: (label: string, parts: string) => `${label}: ${parts}`,
    others: (count: number, limit: string) => `; ${count} others at most ${limit}`,
  };
  const labels = ['[CLS]', 'animal', 'street', 'it', 'tired'];
  const weights = Float32Array.from([0.1, 0.69, 0.05, 0.1, 0.06]);
  expect(describeRow('it', labels, weights, t)).toBe(
    'it: animal 69 %, [CLS] 10 %, it 10 %; 2 others at most 6 %',
  );
});
