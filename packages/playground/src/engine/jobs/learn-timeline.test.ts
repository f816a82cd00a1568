import { expect, test } from 'vitest';
import { context, store } from '../../../test/helpers/models.ts';
import { dot } from '../../lib/vectors.ts';
import { TIMELINE_TEXT } from '../../rooms/learn/samples.ts';
import { UNIT } from './edits.ts';
import { run, summarise } from './learn-timeline.ts';

test('two workers compute the embedding that one thread does, half by half', {
  timeout: 60_000,
}, async () => {
  const { workers, tokens, spans, embedding, milliseconds } = await run(
    store,
    { text: TIMELINE_TEXT, workers: 2 },
    context as never,
  );
  const minilm = await store.load('minilm');
  // Each worker rounds its half of the activations to 8 bits with a scale of its own: 1e-4, where floats would differ by 1e-6.
  expect(dot(embedding, await minilm.embed(TIMELINE_TEXT, UNIT))).toBeCloseTo(1, 3);
  expect([workers, tokens]).toEqual([2, minilm.tokenize(TIMELINE_TEXT).ids.length]);
  for (const worker of [0, 1]) {
    const sums = spans.filter((span) => span.worker === worker && span.part === 'exchange');
    expect(sums).toHaveLength(1 + 2 * 6);
  }
  expect(Math.max(...spans.map(({ end }) => end))).toBe(milliseconds);
});

test('a timeline begins with its first span, and has the share of exchanges in the time of all workers', () => {
  const at = { layer: 0 };
  const summary = summarise([
    { ...at, worker: 0, part: 'attention', start: 100, end: 106 },
    { ...at, worker: 1, part: 'attention', start: 101, end: 109 },
    { ...at, worker: 0, part: 'exchange', start: 106, end: 110 },
    { ...at, worker: 1, part: 'exchange', start: 109, end: 111 },
  ]);
  expect(summary).toMatchObject({ milliseconds: 11, exchange: 6 / 20 });
  expect(summary.spans.map(({ start, end }) => [start, end])).toEqual([
    [0, 6],
    [1, 9],
    [6, 10],
    [9, 11],
  ]);
});
