import { LoadError } from '@headwise/core';
import { expose } from 'comlink';
import { afterEach, expect, test } from 'vitest';
import { EngineClient, EngineStoppedError, type EngineWorker } from './client.ts';
import type { Engine, SentenceTrace } from './types.ts';

/** A fake worker: a message channel, and events that a test can dispatch. */
class FakeWorker extends EventTarget {
  readonly #channel = new MessageChannel();
  terminated = 0;

  constructor(engine: Partial<Engine>) {
    super();
    expose(engine, this.#channel.port2);
    this.#channel.port1.addEventListener('message', (event) => {
      this.dispatchEvent(new MessageEvent('message', { data: event.data as unknown }));
    });
    this.#channel.port1.start();
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#channel.port1.postMessage(message, transfer);
  }

  terminate(): void {
    this.terminated += 1;
    this.#channel.port1.close();
  }
}

const clients: EngineClient[] = [];
function connect(engine: Partial<Engine>): { client: EngineClient; worker: FakeWorker } {
  const worker = new FakeWorker(engine);
  const client = new EngineClient(worker as unknown as EngineWorker);
  clients.push(client);
  return { client, worker };
}
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

const never = (): Promise<never> => new Promise(() => undefined);

test('EngineClient returns results and rejects with the errors of the engine', async () => {
  const { client } = connect({
    trace: async (text) => ({ text }) as SentenceTrace,
    compare: async () => {
      throw new Error('too long');
    },
  });
  expect(await client.trace('hi', [])).toMatchObject({ text: 'hi' });
  await expect(client.compare('a', 'b')).rejects.toThrow('too long');
});

test('EngineClient keeps the code and the reason of an error of the engine', async () => {
  const { client } = connect({
    trace: async () => {
      throw new LoadError('timeout', 'the server is silent');
    },
    compare: async () => {
      throw 'a text';
    },
  });
  await expect(client.trace('hi', [])).rejects.toMatchObject({
    code: 'ERR_LOAD',
    reason: 'timeout',
    message: 'the server is silent',
  });
  await expect(client.compare('a', 'b')).rejects.toBe('a text');
});

test('EngineClient rejects calls in flight and later calls when the worker fails', async () => {
  const { client, worker } = connect({ trace: never, compare: never });
  const calls = [client.trace('a', []), client.compare('a', 'b')];
  worker.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
  for (const call of calls) await expect(call).rejects.toThrow(EngineStoppedError);
  await expect(client.trace('b', [])).rejects.toThrow('out of memory');
});

test('dispose terminates the worker once and rejects calls in flight', async () => {
  const { client, worker } = connect({ trace: never });
  const call = client.trace('a', []);
  client.dispose();
  client.dispose();
  await expect(call).rejects.toThrow(EngineStoppedError);
  expect(worker.terminated).toBe(1);
});
