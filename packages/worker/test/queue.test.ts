import { ConfigError, QueueFullError as CoreQueueFullError } from '@headwise/core';
import { loadEncoder, QueueFullError } from '@headwise/worker';
import { expect, test } from 'vitest';
import { tinyBert } from './helpers/tiny-bert.ts';

// The queue itself is tested in core.

test.each(['heads', 'batch'] as const)(
  'a call of many texts counts once against maxQueue (%s)',
  async (split) => {
    const model = await loadEncoder(tinyBert(), { workers: 2, split, maxQueue: 1 });
    const texts = Array.from({ length: 300 }, (_, i) => 'abc '.repeat(1 + (i % 9)));
    const slots = split === 'heads' ? 1 : 2;
    const calls = Array.from({ length: slots + 2 }, () => model.embed(texts));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.slice(0, -1).map(({ status }) => status)).toEqual(Array(slots + 1).fill('fulfilled'));
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'ERR_QUEUE_FULL' } });
    expect(await model.embed(texts)).toHaveLength(300);
    await model.dispose();
  },
);

test('embed rejects with QueueFullError when maxQueue calls wait', async () => {
  const model = await loadEncoder(tinyBert(), { workers: 2, maxQueue: 3 });
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => model.embed('a')));
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...Array(4).fill('fulfilled'),
    ...Array(2).fill('rejected'),
  ]);
  for (const outcome of outcomes.slice(4)) {
    expect(outcome).toMatchObject({ reason: { code: 'ERR_QUEUE_FULL' } });
    expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(QueueFullError);
  }
  expect(QueueFullError).toBe(CoreQueueFullError);
  await expect(model.embed('a')).resolves.toHaveLength(20);
  await model.dispose();
});

test('loadEncoder throws ConfigError when maxQueue is 0', async () => {
  await expect(loadEncoder(tinyBert(), { maxQueue: 0 })).rejects.toThrow(ConfigError);
});
