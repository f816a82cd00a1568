import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import { ConfigError, LoadError } from '../../errors.ts';
import type { ProgressEvent } from './progress.ts';
import { type ModelSource, resolveSource } from './resolve.ts';
import { splitModelFile } from './single-file.ts';

const location = (source: ModelSource, options = {}) =>
  resolveSource(source, { cache: false, ...options }).location;

describe('resolveSource with a string', () => {
  it.each(['./model', '../model', '/model', '.', '..', 'file:///model', '.\\model', 'C:\\model', 'c:/model'])(
    'resolves %s to a directory',
    (source) => {
      expect(location(source)).not.toMatch(/http/);
    },
  );

  it.each(['https://example.com/m', 'http://localhost:8080', 'HTTPS://EXAMPLE.COM/m/'])(
    'resolves %s to a URL',
    (source) => {
      expect(location(source)).toBe(new URL(source).href);
    },
  );

  it.each(['sentence-transformers/all-MiniLM-L6-v2', 'a/b', 'org.x/name_1.0'])(
    'resolves %s to a hub repository',
    (source) => {
      expect(location(source)).toBe(`${source} (main) on https://huggingface.co`);
    },
  );

  it.each([
    '',
    'model',
    'a/b/c',
    'org/..',
    'org/',
    '/../..\0',
    '~/model',
    'ftp://x/y',
    'a b/c',
    'https://',
    'org/na?me',
  ])('rejects %j', async (source) => {
    // A path with a NUL byte has the form of a directory but cannot be opened.
    if (source.startsWith('/')) await expect(resolveSource(source).open('a')).rejects.toThrow();
    else expect(() => location(source)).toThrow(ConfigError);
  });

  it('throws with the list of valid forms', () => {
    expect(() => location('minilm')).toThrow(
      "source: \"minilm\" is not a valid model source; expected a directory ('./model', '/models/minilm'), " +
        "a URL ('https://example.com/minilm/'), a hub id ('org/name'), or a map of files",
    );
  });

  it('uses the given hub and revision', () => {
    const options = { hubUrl: 'https://hub.example.com/mirror', revision: 'v2' };
    expect(location('org/name', options)).toBe('org/name (v2) on https://hub.example.com');
    expect(() => location('org/name', { hubUrl: 'nowhere' })).toThrow('hubUrl "nowhere" is not a valid URL');
  });

  it('supports a hub URL with a path', async () => {
    const requested: string[] = [];
    const fetchFile = async (url: unknown) => {
      requested.push(String(url));
      return new Response('{}');
    };
    const options = {
      hubUrl: 'https://hub.example.com/mirror/',
      cache: false,
      fetch: fetchFile as typeof fetch,
    };
    await resolveSource('org/name', options).json('sub/config.json');
    expect(requested).toEqual(['https://hub.example.com/mirror/org/name/resolve/main/sub/config.json']);
  });
});

describe('resolveSource with other types', () => {
  it('accepts URL objects', () => {
    expect(location(new URL('https://example.com/m'))).toBe('https://example.com/m');
    expect(location(new URL('file:///models/m'))).not.toMatch(/file:/);
    expect(() => location(new URL('data:,x'))).toThrow(ConfigError);
  });

  it.each([undefined, null, 7])('throws ConfigError for %s', (source) => {
    expect(() => location(source as unknown as ModelSource)).toThrow(ConfigError);
  });
});

describe('resolveSource with files in memory', () => {
  const text = '안녕';
  const bytes = new TextEncoder().encode(text);

  it.each([
    ['an object', { 'a.txt': text, 'b.txt': bytes, 'c.txt': bytes.buffer, 'd.txt': new Blob([text]) }],
    [
      'a map',
      new Map(
        Object.entries({ 'a.txt': text, 'b.txt': bytes, 'c.txt': bytes.buffer, 'd.txt': new Blob([text]) }),
      ),
    ],
  ])('reads all types of content from %s', async (_, source) => {
    const files = resolveSource(source);
    expect(await files.list()).toEqual(['a.txt', 'b.txt', 'c.txt', 'd.txt']);
    for (const name of (await files.list())!) expect(await files.text(name)).toBe(text);
    expect(await files.has('a.txt')).toBe(true);
    expect(await files.has('constructor')).toBe(false);
    await expect(files.open('x.txt')).rejects.toMatchObject({
      reason: 'not-found',
      message: 'There is no file x.txt in the files given; available: a.txt, b.txt, c.txt, d.txt',
    });
  });

  it('throws ConfigError for other types of content and invalid names', () => {
    expect(() => resolveSource({ a: 7 as unknown as string })).toThrow('file a must be a string');
    expect(() => resolveSource({ '../a': '' })).toThrow(ConfigError);
  });

  it('reports progress and rejects after an abort', async () => {
    const events: ProgressEvent[] = [];
    const controller = new AbortController();
    const options = { onProgress: (event: ProgressEvent) => events.push(event), signal: controller.signal };
    const files = resolveSource({ a: 'abc' }, options);
    await files.text('a');
    expect(events).toMatchObject([
      { file: 'a', loaded: 3, total: 3, done: false, files: [{ cached: true }] },
    ]);
    controller.abort();
    await expect(files.text('a')).rejects.toMatchObject({ name: 'AbortError' });
    await expect(files.list()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('rejects reads out of range', async () => {
    for (const content of ['abc', new Blob(['abc'])]) {
      const source = await resolveSource({ a: content }).open('a');
      expect(source.size).toBe(3);
      for (const [from, to] of [
        [-1, 2],
        [2, 1],
        [0, 4],
        [0.5, 1],
        [NaN, 1],
      ] as const) {
        await expect(source.read(from, to)).rejects.toThrow(LoadError);
      }
    }
  });
});

describe('resolveSource with a directory', () => {
  it('reads files by path and by URL', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'config.json'), '\ufeff{"a":1}');
    await mkdir(join(directory, 'sub'));
    await writeFile(join(directory, 'sub', 'b.txt'), 'b');
    await symlink(join(directory, 'sub', 'b.txt'), join(directory, 'link.txt'));
    const relativePath = `./${relative(process.cwd(), directory)}`;
    const url = pathToFileURL(directory);
    for (const source of [directory, relativePath, url, url.href]) {
      const files = resolveSource(source);
      expect(files.location).toBe(directory);
      expect([...(await files.list())!].sort()).toEqual(['config.json', 'link.txt']);
      expect(await files.json('config.json')).toEqual({ a: 1 });
      expect(await files.text('sub/b.txt')).toBe('b');
      expect(await files.text('link.txt')).toBe('b');
      expect(await files.has('config.json')).toBe(true);
      expect(await files.has('sub')).toBe(false);
      expect(await files.has('x.json')).toBe(false);
    }
  });

  it('rejects with the cause when a file cannot be read', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'sub'));
    await writeFile(join(directory, 'a.txt'), 'a');
    const open = (path: string, name: string) => resolveSource(path).open(name);
    await expect(open(directory, 'x.json')).rejects.toMatchObject({
      reason: 'not-found',
      file: 'x.json',
      message: `There is no file x.json in ${directory}`,
    });
    await expect(open(join(directory, 'nowhere'), 'x')).rejects.toThrow(`There is no directory ${directory}`);
    await expect(resolveSource(join(directory, 'nowhere')).has('x')).rejects.toThrow('There is no directory');
    await expect(resolveSource(join(directory, 'nowhere')).list()).rejects.toThrow('There is no directory');
    await expect(open(join(directory, 'a.txt'), 'x')).rejects.toThrow('is a file; expected its directory');
    await expect(open(directory, 'sub')).rejects.toMatchObject({ reason: 'unreadable' });
    await expect(open(directory, '../x')).rejects.toThrow(ConfigError);
    expect(() => location('file://elsewhere%2F/x')).toThrow(ConfigError);
  });

  it('rejects reads of a file that changed after it was opened', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.bin'), 'abcdef');
    const source = await resolveSource(directory).open('a.bin');
    expect([...(await source.read(1, 3))]).toEqual([98, 99]);
    await writeFile(join(directory, 'a.bin'), 'abc');
    await expect(source.read(1, 3)).rejects.toMatchObject({ reason: 'changed' });
    await expect(source.read(0, 7)).rejects.toThrow('do not lie within 0 to 6');
  });
});

describe('splitModelFile', () => {
  it('rejects a URL whose file name is not UTF-8', () => {
    expect(splitModelFile('https://example.com/%EC%95%8C.gguf')?.file).toBe('알.gguf');
    expect(() => splitModelFile('https://example.com/%ff.gguf')).toThrow(ConfigError);
  });
});
