import { writeFileSync } from 'node:fs';
import fs, { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { classify, loadEncoder } from '@headwise/core';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, test, vi } from 'vitest';
import {
  FleetError,
  type FleetOptions,
  fleetStatus,
  runFleet,
  verifyFleet,
  workFleet,
} from '../src/index.ts';
import {
  ENCODER,
  embeddingsOf,
  newDirectory,
  readRows,
  runAllButLast,
  texts,
  writeClassifier,
  writeJsonl,
} from './helpers.ts';

const all = texts(40);
const expected = await embeddingsOf(all);

/** A corpus with ids, and options of a run over it. */
async function prepare(more: Partial<FleetOptions> = {}) {
  const directory = await newDirectory();
  const corpus = await writeJsonl(
    join(directory, 'corpus.jsonl'),
    all.map((text, i) => ({ text, id: `doc-${i}` })),
  );
  const out = join(directory, 'out');
  return { corpus, out, options: { model: ENCODER, out, shardSize: 7, idField: 'id', ...more } };
}

describe('runFleet in one process', () => {
  test('writes the bits of one call of embed, in order, with ids and checksums', async () => {
    const { corpus, out, options } = await prepare({ workers: 2 });
    const progress: number[] = [];
    const manifest = await runFleet(corpus, { ...options, onProgress: (of) => progress.push(of.rowsDone) });
    expect(await readRows(out, manifest)).toEqual(expected);
    expect(manifest).toMatchObject({
      tensor: 'embeddings',
      width: expected[0]!.length,
      corpus: { rows: 40 },
    });
    const records = await Promise.all(
      manifest.shards.map(async ({ record }) => JSON.parse(await readFile(join(out, record.file), 'utf8'))),
    );
    expect(records.flatMap(({ ids }) => ids)).toEqual(all.map((_, i) => `doc-${i}`));
    expect(progress.at(-1)).toBe(40);
    expect(await verifyFleet(out, { corpus })).toEqual({ shards: 6, rows: 40, problems: [] });
    expect((await readdir(out)).sort()).toEqual(
      [
        'manifest.json',
        'model.json',
        'plan.json',
        ...manifest.shards.flatMap((s) => [s.record.file, s.vectors.file]),
      ].sort(),
    );
    expect(manifest.shards[1]!.vectors.file).toBe('embeddings-00001-of-00006.safetensors');
  });

  test('goes on where it was, and computes no shard again', async () => {
    const { corpus, out, options } = await prepare();
    await runAllButLast(corpus, options);
    expect(await fleetStatus(out)).toMatchObject({
      shards: 6,
      shardsDone: 5,
      rowsDone: 35,
      hasManifest: false,
    });
    await expect(verifyFleet(out)).rejects.toThrow('not done');
    // As a process that is killed between the two files of a shard, and in the middle of one, leaves them.
    const [first, ...done] = (await readdir(out)).filter((name) => /^embeddings-.*\.json$/.test(name));
    await rm(join(out, first!));
    const half = `.${first}.123e4567-e89b-12d3-a456-426614174000.tmp`;
    await writeFile(join(out, half), 'half');
    const written = () => Promise.all(done.map(async (name) => (await stat(join(out, name))).mtimeMs));
    const before = await written();
    const manifest = await runFleet(corpus, options);
    expect(await readRows(out, manifest)).toEqual(expected);
    expect(await readdir(out)).not.toContain(half);
    expect(await written()).toEqual(before);
    expect(await runFleet(corpus, options)).toEqual(manifest);
  });

  test('computes again what is broken, and nothing else', async () => {
    const { corpus, out, options } = await prepare();
    const manifest = await runFleet(corpus, options);
    const path = (shard: number, of: 'vectors' | 'record') => join(out, manifest.shards[shard]![of].file);
    const damages: Readonly<Record<string, () => Promise<unknown>>> = {
      'embeddings-00001-of-00006.safetensors is missing': () => rm(path(1, 'vectors')),
      'embeddings-00002-of-00006.safetensors has 100 bytes instead of 5488': () =>
        truncate(path(2, 'vectors'), 100),
      'fleet: embeddings-00003-of-00006.json: is not JSON': async () => {
        await writeFile(path(3, 'record'), '{"file":');
        const vectors = await readFile(path(3, 'vectors'));
        vectors[vectors.length - 1]! ^= 1;
        await writeFile(path(3, 'vectors'), vectors);
      },
    };
    for (const damage of Object.values(damages)) await damage();
    const notices: string[] = [];
    const again = await runFleet(corpus, { ...options, onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual(
      Object.keys(damages).map((what, i) => `shard ${i + 1} is computed again: ${what}`),
    );
    expect(again).toEqual(manifest);
    expect((await verifyFleet(out)).problems).toEqual([]);
    await writeFile(join(out, 'manifest.json'), '');
    expect(await runFleet(corpus, options)).toEqual(manifest);
    await rm(join(out, 'model.json'));
    await expect(runFleet(corpus, options)).rejects.toMatchObject({
      rule: 'fleet-model',
      message: expect.stringContaining('model.json: is missing, although shards are done'),
    });
  });

  test('stops at once when the disk is full, and goes on when there is room', async () => {
    const { corpus, out, options } = await prepare();
    const { open } = fs;
    let written = 0;
    const full = vi.spyOn(fs, 'open').mockImplementation(async (path, ...rest) => {
      if (String(path).includes('.safetensors.') && ++written > 2)
        throw Object.assign(new Error('ENOSPC: no space left on device, open'), {
          code: 'ENOSPC',
          syscall: 'open',
        });
      return open(path, ...rest);
    });
    syncBuiltinESMExports();
    try {
      await expect(runFleet(corpus, options)).rejects.toMatchObject({
        reason: 'file-system',
        message: `fleet: cannot use the directory ${out}: ENOSPC: no space left on device, open`,
      });
    } finally {
      full.mockRestore();
      syncBuiltinESMExports();
    }
    expect(written).toBe(3);
    expect(await fleetStatus(out)).toMatchObject({ shardsDone: 2 });
    expect(await readRows(out, await runFleet(corpus, options))).toEqual(expected);
    await writeFile(join(out, 'file'), '');
    await expect(runFleet(corpus, { ...options, out: join(out, 'file') })).rejects.toMatchObject({
      reason: 'file-system',
    });
  });

  test('may be called twice at once', async () => {
    const { corpus, out, options } = await prepare({ shardSize: 3 });
    const [one, other] = await Promise.all([runFleet(corpus, options), runFleet(corpus, options)]);
    expect(other).toEqual(one);
    expect(await readRows(out, one)).toEqual(expected);
    expect((await verifyFleet(out, { corpus })).problems).toEqual([]);
  });

  test('reads Parquet, and embeds as the options say', async () => {
    const directory = await newDirectory();
    const corpus = join(directory, 'corpus.parquet');
    await parquetWriteFile({
      filename: corpus,
      columnData: [{ name: 'body', data: all.slice(0, 9), type: 'STRING' }],
    });
    const out = join(directory, 'out');
    const options = { truncateDim: 8, normalize: true, prompt: 'query: ' };
    const listeners = process.listenerCount('exit');
    const manifest = await runFleet(corpus, { model: ENCODER, out, textField: 'body', ...options });
    const model = await loadEncoder(ENCODER, { backend: 'wasm-simd' });
    expect(await readRows(out, manifest)).toEqual(await model.embed(all.slice(0, 9), options));
    await model.dispose();
    // Each process that reads the corpus has one, as long as it runs.
    await vi.waitFor(() => expect(process.listenerCount('exit')).toBe(listeners));
  });

  test('classifies: the scores of all labels in their order', async () => {
    const directory = await newDirectory();
    const corpus = await writeJsonl(join(directory, 'corpus.jsonl'), [{ text: 'a b' }, { text: 'c' }]);
    const source = await writeClassifier(join(directory, 'model'));
    const out = join(directory, 'out');
    const manifest = await runFleet(corpus, { model: source, out, task: 'classify' });
    expect(manifest).toMatchObject({ tensor: 'scores', width: 3, labels: ['no', 'maybe', 'yes'] });
    const model = await loadEncoder(source, { backend: 'wasm-simd' });
    const scores = await classify(model, ['a b', 'c']);
    await model.dispose();
    const of = (row: (typeof scores)[number], label: string) => row.find((one) => one.label === label)!.score;
    expect(await readRows(out, manifest)).toEqual(
      scores.map((row) => Float32Array.from(manifest.labels!, (label) => of(row, label))),
    );
  });

  test('of a corpus without rows writes an empty manifest', async () => {
    const directory = await newDirectory();
    const corpus = await writeJsonl(join(directory, 'corpus.jsonl'), []);
    const { shards, width } = await runFleet(corpus, { model: ENCODER, out: join(directory, 'out') });
    expect({ shards, width }).toEqual({ shards: [], width: undefined });
  });
});

describe('runFleet refuses', () => {
  test('a directory with another run, by what differs', async () => {
    const { corpus, out, options } = await prepare();
    await runFleet(corpus, options);
    for (const [more, what] of [
      [{ dtype: 'q8' as const }, 'model.dtype is "auto", not "q8"'],
      [{ normalize: true }, 'options.normalize is nothing, not true'],
      [{ shardSize: 8 }, 'shardSize is 7, not 8'],
    ] as const) {
      const refused = expect(runFleet(corpus, { ...options, ...more })).rejects;
      await refused.toThrow(`${out} has a run whose ${what}`);
      await refused.toBeInstanceOf(FleetError);
    }
  });

  test('a corpus that has changed, and names the rows', async () => {
    const { corpus, out, options } = await prepare();
    const content = await readFile(corpus, 'utf8');
    const changed = content.replace('doc-39', 'doc-xx');
    // The first report comes before a shard is computed.
    const run = runFleet(corpus, { ...options, onProgress: () => writeFileSync(corpus, changed) });
    await expect(run).rejects.toThrow(
      /1 of 6 shards failed: shard 5 \(rows 36 to 40\): ERR_FLEET: fleet: rows 36 to 40 of the corpus are not those/,
    );
    for (const [other, what] of [
      [changed, 'hash'],
      [`${content}\n`, 'size'],
      // Of a shard that is done.
      [content.replace('doc-1', 'doc-x'), 'hash'],
    ] as const) {
      await writeFile(corpus, other);
      const refused = expect(runFleet(corpus, options)).rejects;
      await refused.toThrow(`has changed since the run in ${out} was planned: it has another ${what}`);
      await refused.toMatchObject({ reason: 'corpus-changed' });
    }
    await writeFile(corpus, content);
    expect(await readRows(out, await runFleet(corpus, options))).toEqual(expected);
  });

  test('a model that is not that of the run', async () => {
    const { corpus, out, options } = await prepare();
    await runAllButLast(corpus, options);
    const model = JSON.parse(await readFile(join(out, 'model.json'), 'utf8'));
    await writeFile(join(out, 'model.json'), JSON.stringify({ ...model, probe: '0'.repeat(64) }));
    const refused = expect(runFleet(corpus, options)).rejects;
    await refused.toThrow('computes other vectors here');
    await refused.toMatchObject({ reason: 'model' });
  });

  test.each([
    [{ workers: 0 }, 'without redis nobody else computes'],
    [{ task: 'classify', normalize: true }, 'normalize belongs to the task embed'],
    [{ redis: 'localhost:6379' }, 'redis must be a URL such as redis://127.0.0.1:6379'],
    [{ redis: 'http://user:secret@localhost' }, 'redis must be a URL such as redis://127.0.0.1:6379'],
    [{ model: undefined }, 'model must be a string or a URL, got undefined'],
    [{ out: undefined }, 'out must be a string'],
    [{ shard_size: 3 }, 'unknown option shard_size; did you mean shardSize?'],
  ])('the options %o', async (more, message) => {
    const { corpus, options } = await prepare();
    const refused = expect(runFleet(corpus, { ...options, ...(more as object) })).rejects;
    await refused.toThrow(message);
    await refused.toMatchObject({ code: 'ERR_CONFIG' });
  });

  test('a model that cannot be loaded', async () => {
    const { corpus, options } = await prepare();
    await expect(runFleet(corpus, { ...options, model: './no-such-model' })).rejects.toMatchObject({
      code: 'ERR_LOAD',
    });
  });

  test('a Redis that is not there, without its password in the message', async () => {
    const redis = 'redis://:secret@127.0.0.1:1';
    const { corpus, options } = await prepare({ redis });
    for (const call of [() => runFleet(corpus, options), () => workFleet({ redis })]) {
      const refused = expect(call()).rejects;
      await refused.toThrow('cannot use the Redis at redis://127.0.0.1:1: ');
      await refused.toMatchObject({ code: 'ERR_FLEET', reason: 'queue' });
    }
  });
});

describe('verifyFleet', () => {
  test('finds every change of a file', async () => {
    const { corpus, out, options } = await prepare();
    const { shards } = await runFleet(corpus, options);
    const [first, second, third] = shards.map(({ vectors, record }) => [vectors.file, record.file]);
    const vectors = await readFile(join(out, first![0]!));
    vectors[vectors.length - 1]! ^= 1;
    await writeFile(join(out, first![0]!), vectors);
    await rm(join(out, first![1]!));
    await writeFile(join(out, second![0]!), 'short');
    await writeFile(
      join(out, third![1]!),
      (await readFile(join(out, third![1]!), 'utf8')).replace('doc-1', 'doc-9'),
    );
    await writeFile(corpus, '{}');
    expect((await verifyFleet(out, { corpus })).problems).toEqual([
      `${first![0]} has changed: its hash is another`,
      `${first![1]} is missing`,
      expect.stringMatching(`${second![0]} has 5 bytes instead of \\d+`),
      `${third![1]} has changed: its hash is another`,
      `${corpus} is not the corpus of this run: its hash is another`,
    ]);
  });
});
