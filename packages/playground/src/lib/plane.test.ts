import { createBackend } from '@headwise/core';
import { scaledDotProductAttention } from '@headwise/core/nn';
import { expect, test } from 'vitest';
import { matches, snap } from './plane.ts';

test('matches are the weights of core’s attention', async () => {
  const query = { x: 1.2, y: -0.7 };
  const keys = [
    { x: 1.4, y: 0.6 },
    { x: -0.9, y: 1.1 },
    { x: 0.3, y: -1.3 },
  ];
  const backend = await createBackend('reference');
  const vectors = (points: ReadonlyArray<{ x: number; y: number }>) => ({
    data: Float32Array.from(points.flatMap(({ x, y }) => [x, y])),
    shape: [1, 1, points.length, 2],
  });
  const { weights } = scaledDotProductAttention(backend, vectors([query]), vectors(keys), vectors(keys), {
    needWeights: true,
  });
  const found = matches(query, keys);
  expect(found.map(({ weight }) => weight)).toEqual([...weights!.data].map((w) => expect.closeTo(w, 6)));
  expect(found[0]!.dot).toBeCloseTo(1.2 * 1.4 - 0.7 * 0.6, 12);
  expect(found[0]!.score).toBeCloseTo(found[0]!.dot / Math.sqrt(2), 12);
});

test('arrows stay within reach, on steps of a tenth', () => {
  expect(snap({ x: 5, y: -0.04 })).toEqual({ x: 2, y: 0 });
  expect(snap({ x: 1.234, y: -1.26 })).toEqual({ x: 1.2000000000000002, y: -1.3 });
});
