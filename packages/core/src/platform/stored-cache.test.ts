import { type FileHandle, open, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeCaches } from '../../test/helpers/fake-caches.ts';
import { temporaryDirectory } from '../../test/helpers/temporary.ts';
import { platform as browser } from './browser.ts';
import { type FileCacheOptions, noteKey, type StoredFileCache } from './cache.ts';
import { DIGEST_BYTES } from './digests.ts';
import { platform as node } from './node.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const KEY = 'https://example.com/model.safetensors';
const file = (name: string) => `https://example.com/${name}`;

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

const keysOf = async (cache: StoredFileCache) => (await cache.list()).map(({ key }) => key).sort();

/** A cache of either platform, and a function that changes one byte of each stored file without changing its size. */
interface Setting {
  readonly open: (options?: FileCacheOptions) => StoredFileCache;
  readonly damage: () => Promise<void>;
}

const settings: Readonly<Record<string, () => Promise<Setting>>> = {
  async node() {
    const directory = await temporaryDirectory();
    return {
      open: (options) => node.openCache(directory, options)!,
      async damage() {
        for (const name of await readdir(directory)) {
          if (!name.endsWith('.data')) continue;
          const bytes = await readFile(join(directory, name));
          bytes[bytes.length - 1]! ^= 1;
          await writeFile(join(directory, name), bytes);
          // Times of files may be as coarse as a few milliseconds.
          await utimes(join(directory, name), new Date(), new Date(Date.now() + 1000));
        }
      },
    };
  },

  async browser() {
    const fake = new FakeCaches();
    vi.stubGlobal('caches', fake);
    return {
      open: (options) => browser.openCache('headwise', options)!,
      async damage() {
        for (const [key, { body }] of fake.stores.get('headwise')!) {
          const bytes = new Uint8Array(body);
          if (!key.includes('headwise-note')) bytes[bytes.length - 1]! ^= 1;
        }
      },
    };
  },
};

describe.each(['node', 'browser'])('openCache in %s', (kind) => {
  it('lists files by their last use, with their sizes, without notes', async () => {
    const { open } = await settings[kind]!();
    const cache = open();
    await cache.put(file('a'), { etag: '"1"' }, chunks('abc'));
    await cache.put(file('b'), {}, chunks('de'));
    await cache.put(noteKey(file('c'), 'absent'), {}, chunks());
    const [first, second, ...others] = await cache.list();
    expect(others).toEqual([]);
    expect([first!.key, second!.key].sort()).toEqual([file('a'), file('b')]);
    expect((await cache.list()).find(({ key }) => key === file('a'))).toMatchObject({ size: 3, etag: '"1"' });
    expect(Math.abs(first!.lastUsed.getTime() - Date.now())).toBeLessThan(10_000);
    expect(await cache.size()).toBe(5);
    await cache.clear();
    expect(await cache.list()).toEqual([]);
    expect(await cache.size()).toBe(0);
    expect(await cache.match(file('a'))).toBeUndefined();
  });

  it('finds files whose bytes changed, in every part', async () => {
    const { open, damage } = await settings[kind]!();
    const cache = open();
    const parts = [new Uint8Array(DIGEST_BYTES - 1).fill(1), new Uint8Array(3).fill(2)];
    await cache.put(KEY, {}, chunks(...parts));
    const stored = await cache.match(KEY);
    expect(stored!.size).toBe(DIGEST_BYTES + 2);
    expect(await stored!.verify!()).toBe(true);
    expect(await cache.verify()).toEqual([]);
    await damage();
    expect(await cache.verify()).toEqual([KEY]);
    expect(await (await cache.match(KEY))!.verify!()).toBe(false);
    await cache.put(KEY, {}, chunks('x'));
    expect(await cache.verify()).toEqual([]);
  });

  it('removes the least recently used files above the size limit', async () => {
    const { open } = await settings[kind]!();
    const cache = open({ maxSize: 25 });
    const put = (name: string) => cache.put(file(name), {}, chunks('0123456789'), { size: 10 });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 15));
    for (const name of ['a', 'b']) {
      await put(name);
      await pause();
    }
    await (await cache.match(file('a')))!.open();
    await pause();
    await put('c');
    expect(await keysOf(cache)).toEqual([file('a'), file('c')]);
    expect(await cache.size()).toBe(20);
  });

  it('keeps files of the same model above the size limit', async () => {
    const { open } = await settings[kind]!();
    const cache = open({ maxSize: 15 });
    const keep = new Set([file('a')]);
    await cache.put(file('a'), {}, chunks('0123456789'), { size: 10, keep });
    await cache.put(file('b'), {}, chunks('0123456789'), { size: 10, keep });
    await cache.put(file('c'), {}, chunks('0123456789'), { keep });
    expect(await keysOf(cache)).toEqual([file('a'), file('c')]);
  });

  it('keeps a removed or replaced file readable for its open sources', async () => {
    const { open } = await settings[kind]!();
    const cache = open({ maxSize: 10 });
    const old = await (await cache.put(KEY, {}, chunks('first'))).open();
    const other = await (await cache.put(file('b'), {}, chunks('other'))).open();
    await cache.put(KEY, {}, chunks('second'));
    await cache.put(file('c'), {}, chunks('0123456789'), { size: 10 });
    expect(await keysOf(cache)).toEqual([file('c')]);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    expect(text(await old.read(0, 5))).toBe('first');
    expect(text(await other.read(1, 5))).toBe('ther');
  });

  it('is left without a file when its bytes are missing', async () => {
    const { open } = await settings[kind]!();
    const cache = open();
    await cache.put(KEY, {}, chunks());
    expect(await cache.verify()).toEqual([]);
    expect(await cache.delete(KEY)).toBe(true);
    expect(await cache.list()).toEqual([]);
  });
});

describe('several writers of a key', () => {
  it.each(['node', 'browser'])('leave one file in %s', async (kind) => {
    const { open } = await settings[kind]!();
    const cache = open();
    await Promise.all(['one', 'two', 'six'].map((text) => cache.put(KEY, {}, chunks(text))));
    expect(await cache.list()).toHaveLength(1);
    expect(await cache.size()).toBe(3);
    expect(await cache.verify()).toEqual([]);
  });
});

describe('directoryCache', () => {
  it('removes the earlier version of a file when the new one is stored', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory)!;
    for (const text of ['1', '2', '3']) await cache.put(KEY, { etag: `"${text}"` }, chunks(text));
    expect((await readdir(directory)).map((name) => name.split('.').pop()).sort()).toEqual(['data', 'json']);
  });

  it('writes a file and its entry to the disk before it renames them', async () => {
    const directory = await temporaryDirectory();
    const handle = await open(join(directory, 'any'), 'w');
    const sync = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync');
    await handle.close();
    const written: string[][] = [];
    sync.mockImplementation(async () => {
      const names = (await readdir(directory)).filter((name) => name !== 'any');
      written.push(names.map((name) => name.slice(name.lastIndexOf('.'))).sort());
    });
    await node.openCache(directory)!.put(KEY, {}, chunks('abc'));
    sync.mockRestore();
    expect(written).toEqual([['.part'], ['.data', '.part']]);
  });

  it('keeps files that another process used in the last minute', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory, { maxSize: 10 })!;
    const used = async (key: string, milliseconds: number) => {
      await cache.put(key, {}, chunks('12345'), { size: 5 });
      const entries = (await readdir(directory)).filter((name) => name.endsWith('.json'));
      for (const name of entries) {
        const path = join(directory, name);
        const time = new Date(Date.now() - milliseconds);
        if (JSON.parse(await readFile(path, 'utf8')).key === key) await utimes(path, time, time);
      }
    };
    await used(file('now'), 1000);
    await used(file('before'), 61_000);
    await cache.put(file('c'), {}, chunks('12345'), { size: 5 });
    expect(await keysOf(cache)).toEqual([file('c'), file('now')]);
    // Reading a file does not hide that another process uses it.
    await (await cache.match(file('now')))!.open();
    await cache.put(file('d'), {}, chunks('12345'), { size: 5 });
    expect(await keysOf(cache)).toEqual([file('d'), file('now')]);
  });

  it('stores a file under any URL, in names without characters that Windows forbids', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory)!;
    const key = 'http://localhost:8080/a:b/c|d?e=*"<>#f';
    await cache.put(key, {}, chunks('abc'));
    expect((await cache.match(key))?.size).toBe(3);
    for (const name of await readdir(directory)) expect(name).toMatch(/^[\da-f-]+\.(?:data|json)$/);
  });

  it('rejects with no-space when the disk is full, and leaves nothing', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory)!;
    async function* full(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    }
    await expect(cache.put(KEY, {}, full())).rejects.toMatchObject({
      name: 'LoadError',
      reason: 'no-space',
      message: expect.stringContaining('delete files that'),
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('is cleared of broken entries and interrupted writes too, but not of what is being stored', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory)!;
    for (const name of ['a', 'b', 'c']) await cache.put(file(name), {}, chunks(name));
    for (const name of (await readdir(directory)).filter((name) => name.endsWith('.json')).slice(0, 2))
      await writeFile(join(directory, name), '{"key":');
    const id = '123e4567-e89b-42d3-a456-426614174000';
    for (const name of [`${'0'.repeat(40)}-${id}.part`, `${'1'.repeat(40)}-${id}.data`, 'notes.json'])
      await writeFile(join(directory, name), '');
    const release = (await cache.lock!(KEY))!;
    const isThere = async () => (await readdir(directory)).some((name) => name.endsWith('.part'));
    let [resume, isStoring] = [() => {}, false];
    const storing = cache.put(
      KEY,
      {},
      (async function* () {
        yield* chunks('abc');
        isStoring = true;
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      })(),
    );
    while (!isStoring) await new Promise((resolve) => setTimeout(resolve, 1));
    await cache.clear();
    expect(await isThere()).toBe(true);
    resume();
    expect((await storing).size).toBe(3);
    await release();
    await cache.clear();
    expect(await readdir(directory)).toEqual(['notes.json']);
  });

  it('has nothing to delete where its directory is a file', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    const cache = node.openCache(path)!;
    expect(await cache.delete(KEY)).toBe(false);
    await cache.clear();
    expect([await cache.list(), await cache.size(), await cache.verify()]).toEqual([[], 0, []]);
  });

  it('stores the time of the last use when a file is opened', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory)!;
    await cache.put(KEY, {}, chunks('abc'));
    const entry = join(directory, (await readdir(directory)).find((name) => name.endsWith('.json'))!);
    const long = new Date(Date.now() - 3_600_000);
    await utimes(entry, long, long);
    await (await cache.match(KEY))!.open();
    expect(Date.now() - (await stat(entry)).mtimeMs).toBeLessThan(10_000);
  });
});

describe('cacheStorageCache', () => {
  it('makes room when the quota of the browser is too small', async () => {
    vi.stubGlobal('caches', new FakeCaches());
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota: 100, usage: 95 }) } });
    const cache = browser.openCache()!;
    await cache.put(file('a'), {}, chunks('1234'), { size: 4 });
    await cache.put(file('b'), {}, chunks('123456'), { size: 6 });
    expect(await keysOf(cache)).toEqual([file('b')]);
  });

  it('rejects with no-space when the quota is exceeded, and leaves nothing', async () => {
    const fake = new FakeCaches();
    vi.stubGlobal('caches', fake);
    const cache = browser.openCache()!;
    const failure = new DOMException('Quota exceeded.', 'QuotaExceededError');
    async function* exceeding(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      throw failure;
    }
    await expect(cache.put(KEY, {}, exceeding())).rejects.toMatchObject({
      reason: 'no-space',
      cause: failure,
    });
    expect(fake.stores.get('headwise')!.size).toBe(0);
  });

  it('does not use a file without the record of its bytes', async () => {
    const fake = new FakeCaches();
    vi.stubGlobal('caches', fake);
    const cache = browser.openCache()!;
    await cache.put(KEY, {}, chunks('abc'));
    const store = fake.stores.get('headwise')!;
    for (const key of [...store.keys()]) if (key !== KEY) store.delete(key);
    expect(await cache.match(KEY)).toBeUndefined();
  });
});
