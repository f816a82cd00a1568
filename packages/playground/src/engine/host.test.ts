import { LoadError } from '@headwise/core';
import { afterEach, expect, test, vi } from 'vitest';
import { installedFiles } from '../../plugins/model-files.ts';
import { Host, type JobMessage, type JobRequest } from './host.ts';
import type { ModelEvent } from './job.ts';
import { ModelCache } from './model-cache.ts';
import { type ModelId, modelEntry } from './registry.ts';

/** The folder of an installed model. */
function folderOf(id: ModelId): string {
  const [name, path] = installedFiles(id)[0]!;
  return path.slice(0, -name.length);
}

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

/** Runs a job, and collects its messages. */
function start(host: Host, request: Partial<JobRequest>) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1);
  const messages: JobMessage[] = [];
  port1.onmessage = ({ data }) => messages.push(data);
  const result = host.run({ kind: 'loadModel', params: undefined, priority: 'now', ...request }, port2);
  return { result, messages, abort: () => port1.postMessage({ type: 'abort' }) };
}

test('Host runs jobs on models of the registry, and tells how far they are', async () => {
  const host = new Host({ locate: folderOf });
  const pair = { model: 'bert-mini', texts: ['I love you', 'I love you'] };
  const { result, messages } = start(host, { kind: 'compare', params: pair });
  expect(await result).toMatchObject({ cosine: expect.closeTo(1, 5) });
  await vi.waitFor(() =>
    expect(messages.slice(-2)).toMatchObject([
      { type: 'model', id: 'bert-mini', event: { phase: 'ready' } },
      { type: 'end' },
    ]),
  );
});

test('Host rejects with the error of a job, and for one that there is not', async () => {
  const host = new Host({ locate: () => '/nowhere/' });
  await expect(start(host, { params: { model: 'bert-mini' } }).result).rejects.toThrow(LoadError);
  await expect(start(host, { kind: 'toString' as never }).result).rejects.toThrow(
    'there is no job "toString"',
  );
});

test('background jobs wait for jobs with priority, and end when they are aborted', async () => {
  const host = new Host({ locate: folderOf });
  const text = { model: 'bert-mini', text: 'I love you', edits: [], fromLayer: 0 };
  const order: string[] = [];
  const slow = start(host, { kind: 'ablateHeads', params: text, priority: 'background' });
  const urgent = start(host, {
    kind: 'compare',
    params: { model: 'bert-mini', texts: ['I love you', 'We love you'] },
  });
  void slow.result.then(() => order.push('background'));
  void urgent.result.then(() => order.push('now'));
  await Promise.all([slow.result, urgent.result]);
  expect(order).toEqual(['now', 'background']);
  await vi.waitFor(() => expect(slow.messages.filter(({ type }) => type === 'progress')).toHaveLength(2));

  const aborted = start(host, { kind: 'ablateHeads', params: text });
  aborted.abort();
  await expect(aborted.result).rejects.toMatchObject({ name: 'AbortError' });
});

test('ModelCache loads a model once for all jobs, and again after a failure', async () => {
  let folder = '/nowhere/';
  const cache = new ModelCache({ locate: (id) => (folder === '' ? folderOf(id) : folder) });
  const signal = new AbortController().signal;
  const { store } = cache.lease(signal);
  await expect(store.load('bert-mini')).rejects.toThrow(LoadError);
  folder = '';
  const [first, second] = await Promise.all([
    store.load('bert-mini'),
    cache.lease(signal).store.load('bert-mini'),
  ]);
  expect(first).toBe(second);
});

test('ModelCache stops loading what no job waits for any more', async () => {
  const events: Array<[ModelId, ModelEvent['phase']]> = [];
  const cache = new ModelCache({
    locate: folderOf,
    onEvent: (id, { phase }) => events.push([id, phase]),
  });
  const [one, two] = [new AbortController(), new AbortController()];
  const first = cache.lease(one.signal).store.load('bert-mini');
  const second = cache.lease(two.signal).store.load('bert-mini');
  one.abort();
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  expect((await second).kind).toBe('encoder');
  const third = new AbortController();
  const load = cache.lease(third.signal).store.load('gpt-mini');
  third.abort();
  await expect(load).rejects.toMatchObject({ name: 'AbortError' });
  expect(events.at(-1)).toEqual(['gpt-mini', 'evicted']);
});

test('ModelCache puts away the models that were not used for longest, but none that a job uses', async () => {
  const evicted: ModelId[] = [];
  const cache = new ModelCache({
    locate: folderOf,
    maxBytes: modelEntry('bert-mini').bytes + modelEntry('gpt-mini').bytes,
    onEvent: (id, { phase }) => phase === 'evicted' && evicted.push(id),
  });
  const { signal } = new AbortController();
  const used = cache.lease(signal);
  const bert = await used.store.load('bert-mini');
  const idle = cache.lease(signal);
  const gpt = await idle.store.load('gpt-mini');
  idle.release();
  const dates = await cache.lease(signal).store.load('dates-transformer');
  expect(evicted).toEqual(['gpt-mini']);
  expect(dates.kind).toBe('seq2seqLM');
  expect((await bert.embed('I')).length).toBeGreaterThan(0);
  await expect(gpt.generate('I')).rejects.toThrow(/disposed/);
});
