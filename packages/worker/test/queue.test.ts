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
    const [first, second] = [queue.call(undefined, a.begin), queue.call(undefined, b.begin)];
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
    const [running, ...waiting] = calls.map(({ begin }) => queue.call(undefined, begin));
    await expect(waiting[2]).rejects.toThrow(QueueFullError);
    calls[0]!.settled.resolve();
    await turn();
    // One has moved up, so there is room for one.
    void queue.call(undefined, controlled().begin);
    await expect(queue.call(undefined, controlled().begin)).rejects.toThrow(QueueFullError);
    calls[0]!.result.resolve('done');
    expect(await running).toBe('done');
  });

  test('forgets at once what is aborted, and makes room', async () => {
    const queue = new CallQueue(1);
    const controller = new AbortController();
    const [a, b, c] = [controlled(), controlled(), controlled()];
    void queue.call(undefined, a.begin);
    const aborted = queue.call(controller.signal, b.begin);
    controller.abort(new Error('not needed'));
    await expect(aborted).rejects.toThrow('not needed');
    await expect(queue.call(controller.signal, b.begin)).rejects.toThrow('not needed');
    const waiting = queue.call(undefined, c.begin);
    a.settled.resolve();
    await turn();
    expect([b.begun(), c.begun()]).toEqual([0, 1]);
    c.result.resolve('c');
    expect(await waiting).toBe('c');
  });

  test('closes for good', async () => {
    const queue = new CallQueue(5);
    const [a, b] = [controlled(), controlled()];
    void queue.call(undefined, a.begin);
    const waiting = queue.call(undefined, b.begin);
    queue.close(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
    await expect(queue.call(undefined, b.begin)).rejects.toThrow('closed');
    a.settled.resolve();
    await turn();
    expect(b.begun()).toBe(0);
  });
});

describe('calls of several pieces of work', () => {
  test('count as one, from when they are let in until they end', async () => {
    const queue = new CallQueue(1);
    const [first, second] = [queue.enter(), queue.enter()];
    expect(() => queue.enter()).toThrow(QueueFullError);
    const pieces = Array.from({ length: 5 }, controlled);
    const running = pieces.map(({ begin }) => queue.run(undefined, begin));
    for (const { result, settled } of pieces) {
      result.resolve('done');
      settled.resolve();
    }
    expect(await Promise.all(running)).toEqual(Array(5).fill('done'));
    expect(() => queue.enter()).toThrow(QueueFullError);
    first.end();
    first.end();
    queue.enter();
    expect(() => queue.enter()).toThrow(QueueFullError);
    second.end();
    expect(await queue.call(undefined, pieces[0]!.begin)).toBe('done');
  });

  test('wait for as many slots as they need, and nobody overtakes them', async () => {
    const queue = new CallQueue(10, 2);
    const [one, all, next] = [controlled(), controlled(), controlled()];
    void queue.call(undefined, one.begin);
    void queue.call(undefined, all.begin, 2);
    void queue.call(undefined, next.begin);
    expect([one.begun(), all.begun(), next.begun()]).toEqual([1, 0, 0]);
    one.settled.resolve();
    await turn();
    expect([all.begun(), next.begun()]).toEqual([1, 0]);
    all.settled.resolve();
    await turn();
    expect(next.begun()).toBe(1);
  });

  test('that give up waiting let others go ahead', async () => {
    const queue = new CallQueue(10, 2);
    const [one, all, next] = [controlled(), controlled(), controlled()];
    const controller = new AbortController();
    void queue.call(undefined, one.begin);
    const aborted = queue.call(controller.signal, all.begin, 2);
    void queue.call(undefined, next.begin);
    controller.abort(new Error('not needed'));
    await expect(aborted).rejects.toThrow('not needed');
    expect([all.begun(), next.begun()]).toEqual([0, 1]);
  });

  test('whose work can’t even begin reject', async () => {
    const queue = new CallQueue(1);
    const broken = () => {
      throw new Error('broken');
    };
    await expect(queue.call(undefined, broken)).rejects.toThrow('broken');
    await expect(queue.call(undefined, broken)).rejects.toThrow('broken');
  });
});

test.each(['heads', 'batch'] as const)('many texts are one call (%s)', async (split) => {
  const model = await loadModel(tinyBert(), { workers: 2, split, maxQueue: 1 });
  const texts = Array.from({ length: 300 }, (_, i) => 'abc '.repeat(1 + (i % 9)));
  const slots = split === 'heads' ? 1 : 2;
  const calls = Array.from({ length: slots + 2 }, () => model.embed(texts));
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.slice(0, -1).map(({ status }) => status)).toEqual(Array(slots + 1).fill('fulfilled'));
  expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'ERR_QUEUE_FULL' } });
  expect(await model.embed(texts)).toHaveLength(300);
  await model.dispose();
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
