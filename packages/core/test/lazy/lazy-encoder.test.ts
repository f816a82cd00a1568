import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type EncoderModel,
  type LoadEncoderOptions,
  LoadError,
  loadEncoder,
  MemoryLimitError,
  openCheckpoint,
  openFileCache,
  resolveSource,
  writeSafetensors,
} from '../../src/index.ts';
import { loadLazyEncoder } from '../../src/lazy.ts';
import { HubServer, type ServedFile } from '../helpers/hub-server.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';

const MODEL = 'org/model';
const WEIGHTS = `${MODEL}/main/model.safetensors`;
const TEXTS = ['hello world', 'the river bank', 'a'];
const ROWS = 40_000;
const TABLE = 'embeddings.word_embeddings.weight';

/** A tiny BERT whose table of words, padded with rows of zeros, is nearly all of the file and lies before the layers. */
async function largeTable(): Promise<{ files: Map<string, string | Uint8Array>; table: [number, number] }> {
  const files = new Map(Object.entries(tinyFiles('bert') as Record<string, string | Uint8Array>));
  const checkpoint = await openCheckpoint(resolveSource(files));
  const names = checkpoint.names.filter((name) => !/^cls\./.test(name)).sort();
  const word = names.find((name) => name.endsWith(TABLE))!;
  const tensors = new Map<string, Awaited<ReturnType<typeof checkpoint.read>>>();
  // The embeddings first, as the hub has them.
  for (const name of names.sort(
    (a, b) => Number(b.includes('embeddings')) - Number(a.includes('embeddings')),
  )) {
    const tensor = await checkpoint.read(name);
    const [rows = 0, width = 0] = tensor.shape;
    const bytes = new Uint8Array((tensor.bytes.byteLength / rows) * ROWS);
    bytes.set(tensor.bytes);
    tensors.set(name, name === word ? { ...tensor, shape: [ROWS, width], bytes } : tensor);
  }
  const config = JSON.parse(files.get('config.json') as string);
  files.set('config.json', JSON.stringify({ ...config, vocab_size: ROWS }));
  const weights = writeSafetensors(tensors);
  files.set('model.safetensors', weights);
  const header = new DataView(weights.buffer, weights.byteOffset).getUint32(0, true);
  const entries = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + header)));
  const [begin, end] = entries[word].data_offsets;
  return { files, table: [8 + header + begin, 8 + header + end] };
}

const { files, table } = await largeTable();
const [tableStart, tableEnd] = table;
const size = (files.get('model.safetensors') as Uint8Array).length;

let hub: HubServer;
let weights: ServedFile;
const models: EncoderModel[] = [];
beforeEach(async () => {
  hub = await HubServer.start();
  for (const [name, content] of files) hub.add(`${MODEL}/main/${name}`, content);
  weights = hub.files.get(WEIGHTS)!;
});
afterEach(async () => {
  for (const model of models.splice(0)) await model.dispose();
  await hub.stop();
});

async function load(options: LoadEncoderOptions = {}): Promise<EncoderModel> {
  const model = await loadLazyEncoder(MODEL, {
    hubUrl: hub.url,
    cache: false,
    retryDelay: 1,
    taskHeads: [],
    ...options,
  });
  models.push(model);
  return model;
}

/** The server sends the beginning of the file, and then nothing more in this answer: the table does not come. */
const withholdTable = () => {
  weights.stallAfter = [tableStart + 1000];
};

const ranges = () => hub.requestsOf(WEIGHTS).map(({ headers }) => headers.range);

async function expected(options: LoadEncoderOptions = {}): Promise<Float32Array[]> {
  const model = await loadEncoder(files, { taskHeads: [], ...options });
  const vectors = await model.embed(TEXTS);
  await model.dispose();
  return vectors;
}

describe('a model whose table of words has not come', () => {
  it.each(['f32', 'f16', 'q8', 'q4'] as const)(
    'embeds by its rows alone, to the same bits (%s)',
    async (dtype) => {
      withholdTable();
      const model = await load({ dtype });
      expect(ranges()).toEqual([undefined, `bytes=${tableEnd}-${size - 1}`]);
      expect(await model.embed(TEXTS)).toEqual(await expected({ dtype }));
      const rows = ranges().slice(2);
      expect(rows.length).toBeGreaterThan(0);
      let bytes = 0;
      for (const range of rows) {
        const [first = NaN, last = NaN] = range!.match(/\d+/g)!.map(Number);
        expect(first).toBeGreaterThanOrEqual(tableStart);
        expect(last).toBeLessThan(tableEnd);
        bytes += last + 1 - first;
      }
      expect(bytes).toBeLessThan((tableEnd - tableStart) / 20);
      // Rows that were read are not requested again.
      await model.embed(TEXTS);
      expect(ranges()).toHaveLength(2 + rows.length);
    },
  );

  it('computes calls that are made at once', async () => {
    withholdTable();
    const model = await load();
    const vectors = await Promise.all(TEXTS.map((text) => model.embed(text)));
    const whole = await loadEncoder(files, { taskHeads: [] });
    for (const [i, text] of TEXTS.entries()) expect(vectors[i]).toEqual(await whole.embed(text));
    await whole.dispose();
  });

  it('is disposed of', async () => {
    withholdTable();
    const model = await load();
    await model.dispose();
    await expect(model.embed('hello')).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await model.dispose();
  });

  it('rejects a call whose rows cannot be had, and computes the next', async () => {
    withholdTable();
    const model = await load({ maxTries: 2 });
    weights.fail = Array.from({ length: 20 }, () => 503);
    const error = await model.embed('hello').catch((reason) => reason);
    expect(error).toBeInstanceOf(LoadError);
    expect(error).toMatchObject({ reason: 'http', status: 503, file: 'model.safetensors' });
    weights.fail = [];
    expect(await model.embed(TEXTS)).toEqual(await expected());
  });

  it('tries rows again, and resumes what broke off', async () => {
    withholdTable();
    const model = await load();
    weights.fail = [503];
    weights.cutAfter = [10];
    expect(await model.embed(TEXTS)).toEqual(await expected());
  });

  it('rejects when the file is another', async () => {
    withholdTable();
    const model = await load();
    weights.etag = '"other"';
    await expect(model.embed('hello')).rejects.toMatchObject({ name: 'LoadError', reason: 'changed' });
  });

  it('rejects calls when its signal is aborted, and one call by the signal of the call', async () => {
    withholdTable();
    const controller = new AbortController();
    const model = await load({ signal: controller.signal });
    weights.silent = true;
    const one = new AbortController();
    const call = model.embed('hello', { signal: one.signal });
    await vi.waitFor(() => expect(ranges().length).toBeGreaterThan(2), { timeout: 60_000 });
    one.abort(new Error('not needed'));
    await expect(call).rejects.toThrow('not needed');
    const other = model.embed('world');
    controller.abort(new Error('no longer wanted'));
    await expect(other).rejects.toThrow('no longer wanted');
  });
});

describe('a model whose table of words comes', () => {
  it('needs no more requests then, and is cached as a whole', async () => {
    const directory = await temporaryDirectory();
    const cache = openFileCache(directory)!;
    const events: { loaded: number; done: boolean }[] = [];
    const model = await load({ cache, onProgress: (event) => events.push(event) });
    await vi.waitFor(() => expect(events.at(-1)?.done).toBe(true), { timeout: 60_000 });
    const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(events.at(-1)?.loaded).toBeGreaterThanOrEqual(total - 1000);
    const count = hub.requests.length;
    expect(await model.embed(TEXTS)).toEqual(await expected());
    expect(hub.requests).toHaveLength(count);
    const offline = await load({ cache: openFileCache(directory, { mode: 'only' })! });
    expect(await offline.embed(TEXTS)).toEqual(await expected());
    expect(hub.requests).toHaveLength(count);
  });

  it('continues when either connection breaks off', async () => {
    weights.cutAfter = [tableStart + 2000, 100, 50_000];
    let isDone = false;
    const model = await load({
      onProgress({ done }) {
        isDone = done;
      },
    });
    await vi.waitFor(() => expect(isDone).toBe(true), { timeout: 60_000 });
    expect(await model.embed(TEXTS)).toEqual(await expected());
  });
});

describe('without what it needs, the file is loaded as a whole', () => {
  it.each<[string, () => void, (string | undefined)[]]>([
    ['no ranges', () => (weights.noRanges = true), [undefined, `bytes=${tableEnd}-${size - 1}`]],
    ['no strong ETag', () => (weights.etag = 'W/"1"'), [undefined]],
    ['no ETag', () => (weights.etag = undefined), [undefined]],
    ['no size', () => (weights.chunked = true), [undefined]],
  ])('%s', async (_, change, requested) => {
    change();
    const model = await load();
    expect(ranges()).toEqual(requested);
    expect(await model.embed(TEXTS)).toEqual(await expected());
    expect(ranges()).toEqual(requested);
  });

  it('files in memory', async () => {
    const model = await loadLazyEncoder(files, { taskHeads: [] });
    expect(await model.embed(TEXTS)).toEqual(await expected());
    await model.dispose();
  });
});

it('nothing is requested of weights that need too much memory', async () => {
  await expect(load({ memoryLimit: 1_000_000, dtype: 'f32' })).rejects.toThrow(MemoryLimitError);
  expect(ranges()).toEqual([undefined]);
});
