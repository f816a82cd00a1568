import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeCaches } from '../../test/helpers/fake-caches.ts';
import { temporaryDirectory } from '../../test/helpers/temporary.ts';
import { ConfigError } from '../errors.ts';
import { platform as browser } from './browser.ts';
import type { FileCache } from './cache.ts';
import { defaultCacheDirectory, platform as node } from './node.ts';

afterEach(() => vi.unstubAllGlobals());

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield new TextEncoder().encode(part);
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  throw new Error('cut');
}

async function textOf(cache: FileCache, key: string): Promise<string | undefined> {
  const cached = await cache.match(key);
  const source = await cached?.open();
  return source && new TextDecoder().decode(await source.read(0, source.size));
}

const KEY = 'https://example.com/model.safetensors';

describe('a page', () => {
  it.each([
    ['a sandboxed frame', 'https:', false],
    ['a file', 'file:', true],
  ])('without an origin that is %s has a cache: %o', (_, protocol, hasCache) => {
    vi.stubGlobal('caches', new FakeCaches());
    vi.stubGlobal('origin', 'null');
    vi.stubGlobal('location', { protocol });
    expect(browser.openCache() !== undefined).toBe(hasCache);
  });

  it('has no cache where the Cache API may not be read', () => {
    const get = () => {
      throw new DOMException('sandboxed', 'SecurityError');
    };
    Object.defineProperty(globalThis, 'caches', { configurable: true, get });
    try {
      expect(browser.openCache()).toBeUndefined();
    } finally {
      Reflect.deleteProperty(globalThis, 'caches');
    }
  });
});

describe.each(['node', 'browser'])('openCache in %s', (kind) => {
  async function open(): Promise<FileCache> {
    if (kind === 'node') return node.openCache(await temporaryDirectory())!;
    vi.stubGlobal('caches', new FakeCaches());
    return browser.openCache()!;
  }

  it('stores files with their version', async () => {
    const cache = await open();
    expect(await cache.match(KEY)).toBeUndefined();
    const stored = await cache.put(KEY, { etag: '"1"', lastModified: 'today' }, chunks('ab', '', 'c'));
    expect(stored).toMatchObject({ size: 3, etag: '"1"', lastModified: 'today' });
    expect(await cache.match(KEY)).toMatchObject({ size: 3, etag: '"1"', lastModified: 'today' });
    expect(await textOf(cache, KEY)).toBe('abc');
    expect(await cache.match(`${KEY}2`)).toBeUndefined();
  });

  it('replaces and deletes files', async () => {
    const cache = await open();
    await cache.put(KEY, { etag: '"1"' }, chunks('first'));
    await cache.put(KEY, {}, chunks('second'));
    expect(await textOf(cache, KEY)).toBe('second');
    expect((await cache.match(KEY))?.etag).toBeUndefined();
    expect(await cache.delete(KEY)).toBe(true);
    expect(await cache.delete(KEY)).toBe(false);
    expect(await cache.match(KEY)).toBeUndefined();
  });

  it('keeps the previous file when a put fails', async () => {
    const cache = await open();
    await expect(cache.put(KEY, {}, failing())).rejects.toThrow('cut');
    expect(await cache.match(KEY)).toBeUndefined();
    await cache.put(KEY, {}, chunks('whole'));
    await expect(cache.put(KEY, {}, failing())).rejects.toThrow('cut');
    expect(await textOf(cache, KEY)).toBe('whole');
  });

  it('stores an empty file', async () => {
    const cache = await open();
    await cache.put(KEY, {}, chunks());
    expect(await textOf(cache, KEY)).toBe('');
  });

  it('stores one complete file when several puts run concurrently', async () => {
    const cache = await open();
    const texts = Array.from({ length: 8 }, (_, i) => `text ${i} ${'x'.repeat(i * 1000)}`);
    await Promise.all(texts.map((text) => cache.put(KEY, {}, chunks(text.slice(0, 5), text.slice(5)))));
    expect(texts).toContain(await textOf(cache, KEY));
  });
});

describe("the browser's lock of a file", () => {
  /** Web Locks, as far as they are needed. */
  class FakeLocks {
    readonly held = new Map<string, Promise<unknown>>();

    async request(
      name: string,
      { ifAvailable, signal }: { ifAvailable?: boolean; signal?: AbortSignal },
      callback: (lock: object | null) => unknown,
    ): Promise<void> {
      const before = this.held.get(name);
      if (before && ifAvailable) {
        await callback(null);
        return;
      }
      await before;
      signal?.throwIfAborted();
      const holding = Promise.resolve(callback({ name }));
      this.held.set(name, holding);
      await holding;
      this.held.delete(name);
    }
  }

  it('is one of Web Locks, which other pages wait for', async () => {
    vi.stubGlobal('caches', new FakeCaches());
    vi.stubGlobal('navigator', { locks: new FakeLocks() });
    const [one, other] = [browser.openCache()!, browser.openCache()!];
    const release = (await one.lock!(KEY))!;
    expect(await other.lock!(KEY)).toBeUndefined();
    expect(await other.lock!(`${KEY}2`)).toBeDefined();
    const waiting = other.lock!(KEY, new AbortController().signal);
    await release();
    await (await waiting)!();
    expect(await one.lock!(KEY)).toBeDefined();
  });

  it('lets everyone go on where there are none', async () => {
    vi.stubGlobal('caches', new FakeCaches());
    vi.stubGlobal('navigator', undefined);
    const cache = browser.openCache()!;
    expect(await Promise.all([cache.lock!(KEY), cache.lock!(KEY)])).toEqual([
      expect.any(Function),
      expect.any(Function),
    ]);
  });
});

describe("the browser's cache far below its limit", () => {
  it('does not read its records to store a file', async () => {
    vi.stubGlobal('caches', new FakeCaches());
    let lists = 0;
    const open = FakeCaches.prototype.open;
    vi.spyOn(FakeCaches.prototype, 'open').mockImplementation(async function (this: FakeCaches, name) {
      const cache = await open.call(this, name);
      return { ...cache, keys: () => cache.keys().finally(() => lists++) };
    });
    const estimate = (usage: number) => ({ storage: { estimate: async () => ({ quota: 10_000, usage }) } });
    vi.stubGlobal('navigator', estimate(100));
    const cache = browser.openCache('headwise', { maxSize: 1000 })!;
    await cache.put(KEY, {}, chunks('abc'), { size: 3 });
    expect(lists).toBe(0);
    vi.stubGlobal('navigator', estimate(999));
    await cache.put(`${KEY}2`, {}, chunks('abc'), { size: 3 });
    expect(lists).toBe(1);
    vi.restoreAllMocks();
  });
});

describe('directoryCache', () => {
  it('ignores invalid entries', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory)!;
    await cache.put(KEY, {}, chunks('abc'));
    const entry = join(directory, (await readdir(directory)).find((name) => name.endsWith('.json'))!);
    const good = JSON.parse(await readFile(entry, 'utf8')) as Record<string, unknown>;
    for (const change of [
      { key: 'other' },
      { size: 2 },
      { size: '3' },
      { data: '../x.data' },
      { data: 7 },
      { etag: 7 },
    ]) {
      await writeFile(entry, JSON.stringify({ ...good, ...change }));
      expect(await cache.match(KEY)).toBeUndefined();
    }
    for (const text of ['', '{', 'null', '[]']) {
      await writeFile(entry, text);
      expect(await cache.match(KEY)).toBeUndefined();
    }
    await writeFile(entry, JSON.stringify(good));
    expect(await textOf(cache, KEY)).toBe('abc');
  });

  it('removes files without an entry, and remains of writes, after a day', async () => {
    const directory = await temporaryDirectory();
    const cache = node.openCache(directory, { maxSize: 1000 })!;
    const name = (ending: string) => `${'0'.repeat(40)}-0f8fad5b-d9cb-469f-a165-70867728950${ending}`;
    const long = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    for (const file of [name('0.part'), name('1.data'), 'something-else.data']) {
      await writeFile(join(directory, file), '');
      await utimes(join(directory, file), long, long);
    }
    await writeFile(join(directory, name('2.part')), '');
    await cache.put(KEY, {}, chunks('3'), { size: 1 });
    const left = await readdir(directory);
    expect(left).toContain('something-else.data');
    expect(left).toContain(name('2.part'));
    expect(left).not.toContain(name('0.part'));
    expect(left).not.toContain(name('1.data'));
    expect(await textOf(cache, KEY)).toBe('3');
  });

  it('uses the cache directory of the system by default', () => {
    const at = (env: Record<string, string>, system: string) => defaultCacheDirectory(env, system);
    expect(at({ HEADWISE_CACHE: '/models' }, 'linux')).toBe('/models');
    expect(at({ HEADWISE_CACHE: '/models' }, 'win32')).toBe('/models');
    expect(at({}, 'linux')).toBe(join(homedir(), '.cache', 'headwise'));
    expect(at({ XDG_CACHE_HOME: '/xdg' }, 'linux')).toBe(join('/xdg', 'headwise'));
    expect(at({ XDG_CACHE_HOME: 'relative' }, 'linux')).toBe(join(homedir(), '.cache', 'headwise'));
    expect(at({}, 'darwin')).toBe(join(homedir(), 'Library', 'Caches', 'headwise'));
    expect(at({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'headwise'));
    expect(at({}, 'win32')).toBe(join(homedir(), 'AppData', 'Local', 'headwise'));
  });

  it('rejects when the directory cannot be created', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    await mkdir(join(directory, 'x'));
    const cache = node.openCache(join(directory, 'file'))!;
    await expect(cache.put(KEY, {}, chunks('a'))).rejects.toThrow();
    expect(await cache.match(KEY)).toBeUndefined();
  });
});

describe('browser platform', () => {
  it('openDirectory throws ConfigError', () => {
    expect(() => browser.openDirectory('./model')).toThrow(ConfigError);
    expect(() => browser.openDirectory('./model')).toThrow(
      '"./model" is a directory, which browsers cannot read',
    );
  });

  it('openCache uses the cache named headwise, or the given one', async () => {
    const fake = new FakeCaches();
    vi.stubGlobal('caches', fake);
    await browser.openCache()!.put(KEY, {}, chunks('a'));
    await browser.openCache('mine')!.put(KEY, {}, chunks('b'));
    expect([...fake.stores.keys()]).toEqual(['headwise', 'mine']);
  });

  it('openCache returns undefined without the Cache API', () => {
    vi.stubGlobal('caches', undefined);
    expect(browser.openCache()).toBeUndefined();
  });

  it("mayAddHeaders is true only for the page's origin", () => {
    expect(browser.mayAddHeaders(new URL(KEY))).toBe(false);
    vi.stubGlobal('location', new URL('https://example.com/page'));
    expect(browser.mayAddHeaders(new URL(KEY))).toBe(true);
    expect(browser.mayAddHeaders(new URL('https://huggingface.co/x'))).toBe(false);
    expect(node.mayAddHeaders(new URL(KEY))).toBe(true);
  });
});

describe('nodeDirectory', () => {
  it('throws different errors for a missing directory, a file and an unreadable directory', async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'file'), '');
    // A symbolic link to itself exists but cannot be resolved.
    await symlink(join(root, 'loop'), join(root, 'loop'));
    const open = (name: string) => node.openDirectory(join(root, name)).open('config.json');
    await expect(open('nowhere')).rejects.toMatchObject({ reason: 'not-found' });
    await expect(open('file')).rejects.toThrow(ConfigError);
    await expect(open('loop')).rejects.toMatchObject({ reason: 'unreadable', file: 'config.json' });
  });
});

describe('openCache in Deno', () => {
  const grant = (...granted: string[]) =>
    vi.stubGlobal('Deno', {
      permissions: {
        querySync: ({ name }: { name: string }) => ({ state: granted.includes(name) ? 'granted' : 'prompt' }),
      },
    });

  it.each([
    [[], false],
    [['env', 'sys', 'read'], false],
    [['env', 'sys', 'read', 'write'], true],
  ])('with the permissions %j uses a directory: %s', (granted, usesDirectory) => {
    grant(...granted);
    // Without a Cache API there is nothing but the directory.
    vi.stubGlobal('caches', undefined);
    expect(node.openCache() !== undefined).toBe(usesDirectory);
  });
});
