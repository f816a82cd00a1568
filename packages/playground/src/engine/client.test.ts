import { expose } from 'comlink';
import { afterEach, expect, test } from 'vitest';
import { EngineClient, EngineStopped, type EngineWorker } from './client.ts';
import type { Engine, Reading } from './types.ts';

/** A worker as far as the client can tell: a message channel, and events that a test may raise. */
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

test('answers and errors come across', async () => {
  const { client } = connect({
    read: async (text) => ({ text }) as Reading,
    compare: async () => {
      throw new Error('too long');
    },
  });
  expect(await client.read('hi', [])).toMatchObject({ text: 'hi' });
  await expect(client.compare('a', 'b')).rejects.toThrow('too long');
});

test('a worker that fails rejects every call in flight, and later ones', async () => {
  const { client, worker } = connect({ read: never, compare: never });
  const calls = [client.read('a', []), client.compare('a', 'b')];
  worker.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
  for (const call of calls) await expect(call).rejects.toThrow(EngineStopped);
  await expect(client.read('b', [])).rejects.toThrow('out of memory');
});

test('stopping ends the worker once and rejects what is in flight', async () => {
  const { client, worker } = connect({ read: never });
  const call = client.read('a', []);
  client.dispose();
  client.dispose();
  await expect(call).rejects.toThrow(EngineStopped);
  expect(worker.terminated).toBe(1);
});
