import { LoadError } from '@headwise/core';
import { expose } from 'comlink';
import { afterEach, expect, test, vi } from 'vitest';
import { EngineClient, EngineStoppedError, type EngineWorker, isAbort } from './client.ts';
import type { JobHost, JobMessage } from './host.ts';

/** A fake worker: a message channel, and events that a test can dispatch. */
class FakeWorker extends EventTarget {
  readonly #channel = new MessageChannel();
  terminated = 0;

  constructor(host: JobHost) {
    super();
    expose(host, this.#channel.port2);
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
function connect(run: JobHost['run'], onStop?: () => void): { client: EngineClient; worker: FakeWorker } {
  const worker = new FakeWorker({
    // As the host does.
    run: async (request, port) => {
      try {
        return await run(request, port);
      } finally {
        port.postMessage({ type: 'end' } satisfies JobMessage);
      }
    },
  });
  const client = new EngineClient(worker as unknown as EngineWorker, onStop && { onStop });
  clients.push(client);
  return { client, worker };
}
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

const never = (): Promise<never> => new Promise(() => undefined);
const load = { model: 'minilm' } as const;
const text = { model: 'minilm', text: 'hi', edits: [], fromLayer: 0 } as const;

test('EngineClient sends jobs, and returns results', async () => {
  const { client } = connect(async (request) => request as never);
  expect(await client.run('loadModel', load)).toEqual({ kind: 'loadModel', params: load, priority: 'now' });
  const { priority } = (await client.run('loadModel', load, { priority: 'background' })) as never as {
    priority: string;
  };
  expect(priority).toBe('background');
});

test('EngineClient keeps the code and the reason of an error of the engine', async () => {
  const { client } = connect(async ({ kind }) => {
    if (kind === 'loadModel') throw new LoadError('timeout', 'the server is silent');
    throw 'a text';
  });
  await expect(client.run('loadModel', load)).rejects.toMatchObject({
    code: 'ERR_LOAD',
    reason: 'timeout',
    message: 'the server is silent',
  });
  await expect(client.run('ablateHeads', text)).rejects.toBe('a text');
});

test('EngineClient passes on progress until the job ends, and events of models', async () => {
  const models: unknown[] = [];
  const worker = new FakeWorker({
    run: async (_, port) => {
      const messages: JobMessage[] = [
        { type: 'progress', value: { layer: 0, cosines: [1] } },
        { type: 'model', id: 'minilm', event: { phase: 'starting' } },
        { type: 'end' },
      ];
      // The result overtakes them.
      setTimeout(() => {
        for (const message of messages) port.postMessage(message);
      }, 20);
      return undefined;
    },
  });
  const client = new EngineClient(worker as unknown as EngineWorker, {
    onModel: (...event) => models.push(event),
  });
  clients.push(client);
  const onProgress = vi.fn();
  await client.run('ablateHeads', text, { onProgress });
  expect(onProgress.mock.calls).toEqual([[{ layer: 0, cosines: [1] }]]);
  expect(models).toEqual([['minilm', { phase: 'starting' }]]);
});

test('EngineClient aborts a job by its signal, and by a newer one of its slot; both are told to the host', async () => {
  const aborts: string[] = [];
  const { client } = connect((request, port) => {
    port.onmessage = ({ data }) => aborts.push(data.type);
    return request.kind === 'loadModel' ? (Promise.resolve('loaded') as never) : never();
  });
  const controller = new AbortController();
  const bySignal = client.run('ablateHeads', text, { signal: controller.signal });
  controller.abort();
  expect(isAbort(await bySignal.catch((error: unknown) => error))).toBe(true);
  const bySlot = client.run('ablateHeads', text, { slot: 'a' });
  const other = client.run('loadModel', load, { slot: 'b' });
  const newer = client.run('loadModel', load, { slot: 'a' });
  expect(isAbort(await bySlot.catch((error: unknown) => error))).toBe(true);
  expect([await other, await newer]).toEqual(['loaded', 'loaded']);
  await vi.waitFor(() => expect(aborts).toEqual(['abort', 'abort']));
  await expect(client.run('loadModel', load, { signal: AbortSignal.abort() })).rejects.toSatisfy(isAbort);
});

test('EngineClient rejects jobs in flight and later ones when the worker fails', async () => {
  const onStop = vi.fn();
  const { client, worker } = connect(never, onStop);
  const jobs = [client.run('loadModel', load), client.run('ablateHeads', text)];
  worker.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }));
  for (const job of jobs) await expect(job).rejects.toThrow(EngineStoppedError);
  await expect(client.run('loadModel', load)).rejects.toThrow('out of memory');
  expect(onStop).toHaveBeenCalledOnce();
});

test('dispose terminates the worker once and rejects jobs in flight', async () => {
  const { client, worker } = connect(never);
  const job = client.run('loadModel', load);
  client.dispose();
  client.dispose();
  await expect(job).rejects.toThrow(EngineStoppedError);
  expect(worker.terminated).toBe(1);
});
