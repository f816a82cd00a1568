import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isCached, loadModel, openFileCache, type ProgressEvent } from '../../src/index.ts';
import { countingFetch, HubServer } from '../helpers/hub-server.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';

const MODEL = 'org/tiny';

let hub: HubServer;
let directory: string;
beforeEach(async () => {
  hub = await HubServer.start();
  directory = await temporaryDirectory();
  for (const [name, content] of Object.entries(tinyFiles('bert'))) {
    hub.add(`${MODEL}/main/${name}`, content as string | Uint8Array);
  }
});
afterEach(() => hub.stop());

const options = (mode: 'prefer' | 'revalidate' | 'only' = 'revalidate') => ({
  hubUrl: hub.url,
  retryDelay: 1,
  cache: openFileCache(directory, { mode })!,
});

/** The first numbers of an embedding. */
async function embed(mode?: 'prefer' | 'revalidate' | 'only', more: object = {}): Promise<number[]> {
  const model = await loadModel(MODEL, { ...options(mode), ...more });
  if (model.kind !== 'encoder') throw new Error(model.kind);
  const vector = await model.embed('ab');
  await model.dispose();
  return [...vector.slice(0, 4)];
}

describe('a model from a hub', () => {
  it('is cached once it was loaded, and then needs no request', async () => {
    expect(await isCached(MODEL, options())).toBe(false);
    const expected = await embed();
    const requests = hub.requests.length;
    expect(await isCached(MODEL, options())).toBe(true);
    expect(await embed('prefer')).toEqual(expected);
    expect(await embed('only')).toEqual(expected);
    expect(hub.requests).toHaveLength(requests);
    expect(await isCached(MODEL, { ...options(), revision: 'v2' })).toBe(false);
    expect(await isCached(MODEL, { ...options(), cache: false })).toBe(false);
    // Without one of its files it is not.
    const { cache } = options();
    const { key } = (await cache.list()).find(({ key }) => key.endsWith('tokenizer.json'))!;
    await cache.delete(key);
    expect(await isCached(MODEL, options())).toBe(false);
    expect(hub.requests).toHaveLength(requests);
  });

  it.each(['stopped', 'silent', 'behind a login page'])(
    'loads from the cache when the server is %s',
    async (state) => {
      const expected = await embed();
      if (state === 'stopped') await hub.stop();
      else if (state === 'silent') hub.isSilent = true;
      else hub.portalPage = '<!doctype html><title>log in</title>';
      const { calls, fetch } = countingFetch();
      expect(await embed('revalidate', { timeout: 100, fetch })).toEqual(expected);
      expect(calls).toHaveLength(1);
    },
  );

  it('reports progress that never runs back, and every byte at the end', async () => {
    for (const mode of ['revalidate', 'prefer'] as const) {
      const events: ProgressEvent[] = [];
      await embed(mode, { onProgress: (event: ProgressEvent) => events.push(event) });
      const fractions = events.flatMap(({ loaded, total }) => (total === undefined ? [] : [loaded / total]));
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      // The total is known before the weights have arrived.
      expect(events.at(-1)).toMatchObject({ done: true, loaded: events.at(-1)!.total });
    }
  });
});

describe('isCached of other sources', () => {
  it('is whether their files are there', async () => {
    expect(await isCached(tinyFiles('bert'))).toBe(true);
    expect(await isCached({ 'config.json': '{"model_type":"x"}' }).catch(({ name }) => name)).toBe(
      'ConfigError',
    );
    expect(await isCached({})).toBe(false);
  });
});
