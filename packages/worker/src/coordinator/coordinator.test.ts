import type { HookRunner, ShardPlacement } from '@headwise/core/internal';
import { describe, expect, test } from 'vitest';
import type { ShardApi } from '../protocol.ts';
import { CallHooks } from './call-hooks.ts';
import { decodeRequest, encodeSourceRequest } from './decode-requests.ts';
import { runSerially } from './run-serially.ts';
import type { ShardRequest } from './shard-call.ts';
import type { ShardWorker } from './shard-worker.ts';
import type { Shards } from './shards.ts';

describe('CallHooks.handle', () => {
  const hooks = new CallHooks({ apply: () => undefined } as unknown as HookRunner, () => {});
  const report = (shape: number[], placement: unknown) =>
    hooks.handle({
      name: 'output',
      shape,
      data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
      placement: placement as ShardPlacement,
    });

  test.each([
    ['that begins before the axis', { axis: 0, from: -1, to: 1, of: 4 }],
    ['that ends before it begins', { axis: 0, from: 4, to: 2, of: 4 }],
    ['that ends behind the axis', { axis: 0, from: 3, to: 5, of: 4 }],
    ['of another size than the shape', { axis: 0, from: 0, to: 1, of: 4 }],
    ['of an axis that the shape lacks', { axis: 2, from: 0, to: 2, of: 4 }],
    ['without an axis', { from: 0, to: 2, of: 4 }],
    ['that is no slice', 'all'],
  ])('rejects with invalid-message when a slice %s is reported', { timeout: 5000 }, async (_, placement) => {
    await expect(report([2, 3], placement)).rejects.toMatchObject({
      name: 'WorkerError',
      reason: 'invalid-message',
    });
  });

  test('takes a slice that is the whole axis', async () => {
    expect(await report([2, 3], { axis: 0, from: 0, to: 2, of: 2 })).toBeUndefined();
  });
});

test('runSerially sends a request when the previous one has settled, not when its result is there', {
  timeout: 5000,
}, async () => {
  const events: string[] = [];
  let settle = () => {};
  const shards = {
    start({ name }: { name: string }) {
      events.push(name);
      const settled = new Promise<void>((resolve) => {
        settle = resolve;
      });
      return { result: Promise.resolve(name), settled };
    },
  } as unknown as Shards;
  const request = (name: string) => ({ name }) as unknown as ShardRequest<string, string>;
  const { result, settled } = runSerially(
    shards,
    async (send) => `${await send(request('first'))}, ${await send(request('second'))}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events).toEqual(['first']);
  settle();
  expect(await result).toBe('first, second');
  settle();
  await settled;
});

describe('a request of a session', () => {
  const worker = { number: { index: 1, count: 2 } } as ShardWorker;
  const context = (openWorkers: WeakSet<ShardWorker>) => ({
    message: { session: 3, slots: 1, capacity: 4 },
    openWorkers,
    shards: 2,
    vocabSize: 8,
    hiddenSize: 2,
  });
  const ids = Int32Array.of(1);
  const slots = Int32Array.of(0);
  const tokens = { ids, typeIds: slots, offsets: Int32Array.of(0, 1) };
  const decoded = { ids, offsets: Int32Array.of(0, 1), slots, starts: slots };
  const requests = (openWorkers: WeakSet<ShardWorker>) => [
    decodeRequest(context(openWorkers), decoded, {}),
    encodeSourceRequest(context(openWorkers), tokens, slots, {}),
  ];
  const header = {} as Parameters<ReturnType<typeof decodeRequest>['send']>[1];

  test('rejects when the worker was replaced after the session was opened in it', async () => {
    const api = {} as ShardApi;
    for (const request of requests(new WeakSet())) {
      await expect(request.send(api as never, header, worker)).rejects.toMatchObject({
        reason: 'died',
        message: 'worker 1 was replaced during the call',
      });
    }
  });

  test('is sent with the number of the session', async () => {
    const sent: unknown[] = [];
    const call = async ({ session }: { session: number }) => sent.push(session);
    for (const request of requests(new WeakSet([worker])))
      await request.send({ decode: call, encodeSource: call } as never, header, worker);
    expect(sent).toEqual([3, 3]);
  });
});
