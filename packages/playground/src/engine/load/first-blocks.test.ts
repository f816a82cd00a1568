import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { QUANTISED_MINILM, quantiseMiniLM } from '../../../plugins/quantised-minilm.ts';
import { store } from '../../../test/helpers/models.ts';
import { slowSite } from '../../../test/helpers/slow-site.ts';
import { ModelCache } from '../model-cache.ts';

const TEXT = 'The animal did not cross the street.';
const LINE = { bytesPerSecond: 20_000_000, latency: 1 };

beforeAll(quantiseMiniLM);
let server: StaticServer;
afterEach(() => server.close());

/** Reads the text while the model comes: the number of blocks of each model, and the weights of all its heads. */
async function readWhileLoading() {
  const cache = new ModelCache({ locate: () => server.url });
  const { signal } = new AbortController();
  const lease = cache.lease(signal);
  const loading = lease.store.load('minilm');
  const seen: { readonly blocks: number; readonly weights: Float32Array }[] = [];
  for await (const { model, layers } of lease.store.firstBlocks!('minilm', TEXT)) {
    expect(layers).toBe(6);
    const { attention } = await model.trace(TEXT);
    seen.push({ blocks: attention.shape[0], weights: attention.data.slice() });
  }
  const whole = await (await loading).trace(TEXT);
  lease.release();
  return { seen, weights: whole.attention.data };
}

test('the heads of the first blocks are those of the whole model, bit for bit, from the rows of the words alone', async () => {
  const site = await slowSite(await serveDirectory(QUANTISED_MINILM, { ranges: true }), LINE);
  server = site;
  const { seen, weights } = await readWhileLoading();
  expect(seen.length).toBeGreaterThan(0);
  for (const { blocks, weights: first } of seen) {
    expect(first).toHaveLength((weights.length / 6) * blocks);
    expect(first).toEqual(weights.subarray(0, first.length));
  }
  const own = await (await store.load('minilm')).trace(TEXT);
  expect(weights).toEqual(own.attention.data);
  // The rows of nine tokens, and no second download.
  expect(site.sentOf.get('/model.safetensors')).toBeLessThan(23_000_000);
});

test('a server that does not send parts of files is asked for the whole', async () => {
  server = await slowSite(await serveDirectory(QUANTISED_MINILM), LINE);
  const { seen, weights } = await readWhileLoading();
  expect(seen).toEqual([]);
  expect(weights.length).toBeGreaterThan(0);
});
