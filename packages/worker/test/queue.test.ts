import { ConfigError } from '@headwise/core';
import { loadModel, QueueFullError as PublicError } from '@headwise/worker';
import { describe, expect, test } from 'vitest';
import { type Begun, CallQueue } from '../src/coordinator/call-queue.ts';
import { deferred } from '../src/deferred.ts';
import { QueueFullError } from '../src/errors.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

/** A call whose end the test decides. */
function controlled() {
  const [result, settled] = [deferred<string>(), deferred<void>()];
  let begun = 0;
  const begin = (): Begun<string> => {
    begun++;
    return { result: result.promise, settled: settled.promise };
  };
  return { begin, result, settled, begun: () => begun };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('CallQueue', () => {
  test('begins a call when the one before has settled, which may be after its result', async () => {
    const queue = new CallQueue(10);
    const [a, b] = [controlled(), controlled()];
    const [first, second] = [queue.run(undefined, a.begin), queue.run(undefined, b.begin)];
    expect([a.begun(), b.begun()]).toEqual([1, 0]);
    a.result.reject(new Error('failed'));
    await expect(first).rejects.toThrow('failed');
    expect(b.begun()).toBe(0);
    a.settled.resolve();
    await turn();
    expect(b.begun()).toBe(1);
    b.result.resolve('b');
    expect(await second).toBe('b');
  });

  test('refuses more calls than may wait', async () => {
    const queue = new CallQueue(2);
    const calls = [controlled(), controlled(), controlled(), controlled()];
    const [running, ...waiting] = calls.map(({ begin }) => queue.run(undefined, begin));
    await expect(waiting[2]).rejects.toThrow(QueueFullError);
    calls[0]!.settled.resolve();
    await turn();
    // One has moved up, so there is room for one.
    void queue.run(undefined, controlled().begin);
    await expect(queue.run(undefined, controlled().begin)).rejects.toThrow(QueueFullError);
    calls[0]!.result.resolve('done');
    expect(await running).toBe('done');
  });

  test('forgets at once what is aborted, and makes room', async () => {
    const queue = new CallQueue(1);
    const controller = new AbortController();
    const [a, b, c] = [controlled(), controlled(), controlled()];
    void queue.run(undefined, a.begin);
    const aborted = queue.run(controller.signal, b.begin);
    controller.abort(new Error('not needed'));
    await expect(aborted).rejects.toThrow('not needed');
    await expect(queue.run(controller.signal, b.begin)).rejects.toThrow('not needed');
    const waiting = queue.run(undefined, c.begin);
    a.settled.resolve();
    await turn();
    expect([b.begun(), c.begun()]).toEqual([0, 1]);
    c.result.resolve('c');
    expect(await waiting).toBe('c');
  });

  test('closes for good', async () => {
    const queue = new CallQueue(5);
    const [a, b] = [controlled(), controlled()];
    void queue.run(undefined, a.begin);
    const waiting = queue.run(undefined, b.begin);
    queue.close(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
    await expect(queue.run(undefined, b.begin)).rejects.toThrow('closed');
    a.settled.resolve();
    await turn();
    expect(b.begun()).toBe(0);
  });
});

test('a model takes as many calls as maxQueue says', async () => {
  const model = await loadModel(tinyBert(), { workers: 2, maxQueue: 3 });
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => model.embed('a')));
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...Array(4).fill('fulfilled'),
    ...Array(2).fill('rejected'),
  ]);
  for (const outcome of outcomes.slice(4)) {
    expect(outcome).toMatchObject({ reason: { code: 'ERR_QUEUE_FULL' } });
    expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(PublicError);
  }
  await expect(model.embed('a')).resolves.toHaveLength(20);
  await model.dispose();
  await expect(loadModel(tinyBert(), { maxQueue: 0 })).rejects.toThrow(ConfigError);
});
