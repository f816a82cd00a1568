import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { removeTemporaries, replaceFile, writeOnce } from '../src/files.ts';
import { fleetStatus, verifyFleet } from '../src/index.ts';
import { parseManifest } from '../src/output/manifest.ts';
import { parseModelFile } from '../src/output/model-file.ts';
import { parseRecord } from '../src/output/shard-files.ts';
import { parsePlan } from '../src/plan/plan.ts';
import { newDirectory } from './helpers.ts';
import { MANIFEST, MODEL, PLAN, RECORD } from './run-files.ts';

describe('writeOnce', () => {
  test('of many at the same time writes one, whole, and leaves nothing behind', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'file');
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(100_000));
    const written = await Promise.all(contents.map((content) => writeOnce(path, content)));
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(contents[written.indexOf(true)]);
    expect(await readdir(directory)).toEqual(['file']);
  });

  test('does not replace a file, and replaceFile does', async () => {
    const path = join(await newDirectory(), 'file');
    await writeFile(path, 'first');
    expect(await writeOnce(path, 'second')).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('first');
    await replaceFile(path, 'second');
    expect(await readFile(path, 'utf8')).toBe('second');
  });

  test('writes again when another process has removed what it was writing', async () => {
    const directory = await newDirectory();
    const content = 'a'.repeat(10_000_000);
    const writing = replaceFile(join(directory, 'file'), content);
    while ((await readdir(directory)).length === 0);
    await removeTemporaries(directory);
    await writing;
    expect(await readFile(join(directory, 'file'), 'utf8')).toBe(content);
    expect(await readdir(directory)).toEqual(['file']);
  });

  test('leaves nothing behind when it fails', async () => {
    const directory = await newDirectory();
    await mkdir(join(directory, 'file'));
    await expect(replaceFile(join(directory, 'file'), 'a')).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['file']);
  });
});

describe('a file of a run', () => {
  const plan = parsePlan(JSON.stringify(PLAN));
  const readers = {
    'plan.json': [PLAN, parsePlan],
    'model.json': [MODEL, parseModelFile],
    record: [RECORD, (text: string) => parseRecord(text, plan, 0)],
    'manifest.json': [MANIFEST, parseManifest],
  } as const;

  test.each(Object.entries(readers))(
    '%s is read, and refused with another field, without one, and broken',
    (_, of) => {
      const [value, parse] = of;
      expect(parse(JSON.stringify(value))).toEqual(value);
      const refused = (text: string) =>
        expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'ERR_FORMAT' }));
      refused(JSON.stringify({ ...value, more: 1 }));
      refused(JSON.stringify(value).replace('{', '{"__proto__": {"polluted": 1},'));
      refused(JSON.stringify(value).replace('{', '{"constructor": {"prototype": {"polluted": 1}},'));
      for (const name of Object.keys(value).filter(
        (key) => key !== 'labels' && key !== 'ids' && key !== 'width',
      ))
        refused(JSON.stringify({ ...value, [name]: undefined }));
      refused(JSON.stringify(value).slice(0, -2));
      refused('null');
      expect({}).not.toHaveProperty('polluted');
    },
  );

  test('names no file outside of the directory', async () => {
    for (const file of ['../secret', '/etc/passwd', 'a/b', '..', '']) {
      const [shard] = MANIFEST.shards;
      const manifest = { ...MANIFEST, shards: [{ ...shard, vectors: { ...shard!.vectors, file } }] };
      expect(() => parseManifest(JSON.stringify(manifest))).toThrow('shards.0.vectors.file');
      expect(() => parseRecord(JSON.stringify({ ...RECORD, file }), plan, 0)).toThrow('file');
    }
  });

  test('has shards that follow one another, and as many rows as the corpus', () => {
    const [shard] = MANIFEST.shards;
    const broken = (shards: unknown) => () => parseManifest(JSON.stringify({ ...MANIFEST, shards }));
    expect(broken([{ ...shard, firstRow: 1 }])).toThrow('shards do not follow one another');
    expect(broken([])).toThrow('has 0 of 2 rows');
    const brokenPlan = (shards: unknown) => () => parsePlan(JSON.stringify({ ...PLAN, shards }));
    expect(brokenPlan([{ ...PLAN.shards[0], firstRow: 1 }])).toThrow('shards do not follow one another');
    expect(brokenPlan([])).toThrow('the shards have 0 rows, the corpus has 2');
    expect(() => parseRecord(JSON.stringify({ ...RECORD, rows: 1 }), plan, 0)).toThrow(
      'record of another shard',
    );
  });

  test('must be there', async () => {
    const directory = await newDirectory();
    await expect(fleetStatus(directory)).rejects.toThrow('has no run: there is no plan.json in it');
    await expect(verifyFleet(directory)).rejects.toThrow('has no manifest.json');
  });
});
