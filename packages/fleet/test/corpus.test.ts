import { createHash } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileMetaData } from 'hyparquet';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { formatOf, openCorpus, readShard } from '../src/corpus/open.ts';
import { checkRows, limited } from '../src/corpus/parquet/file.ts';
import type { Corpus, Fields } from '../src/corpus/row.ts';
import { newDirectory, writeJsonl } from './helpers.ts';

const FIELDS: Fields = { text: 'text', id: 'id' };

async function jsonl(content: string | Uint8Array, fields = FIELDS): Promise<Corpus> {
  const path = join(await newDirectory(), 'corpus.jsonl');
  await writeFile(path, content);
  return openCorpus(path, 'jsonl', fields);
}

describe('a JSONL corpus', () => {
  test('is divided into shards that are read again by their place in the file', async () => {
    const path = join(await newDirectory(), 'corpus.jsonl');
    const rows = Array.from({ length: 10 }, (_, i) => ({ id: i, text: `텍스트 ${i}`.repeat(i) }));
    await writeJsonl(path, rows);
    // Without an end of its last line, and with empty lines.
    await appendFile(path, '\n  \r\n{"text": "last", "id": "x"}');
    const corpus = await openCorpus(path, 'jsonl', FIELDS);
    const { shards, ...contents } = await corpus.divide(4);
    const bytes = await readFile(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(contents).toEqual({ bytes: bytes.length, sha256, rows: 11 });
    expect(shards.map(({ firstRow, rows: count }) => [firstRow, count])).toEqual([
      [0, 4],
      [4, 4],
      [8, 3],
    ]);
    const read = await Promise.all(shards.map((shard) => readShard(corpus, shard)));
    expect(read.flat()).toEqual([...rows, { id: 'x', text: 'last' }]);
  });

  test('reads lines that are longer than what is read at a time', async () => {
    const long = 'a'.repeat(3 * 2 ** 20);
    const corpus = await jsonl(`{"text":"${long}","id":1}\n{"text":"b","id":2}\n`);
    const { shards } = await corpus.divide(1);
    expect(await readShard(corpus, shards[0]!)).toEqual([{ text: long, id: 1 }]);
    expect(await readShard(corpus, shards[1]!)).toEqual([{ text: 'b', id: 2 }]);
  });

  test('without rows has no shards', async () => {
    expect(await (await jsonl('\n\n')).divide(4)).toMatchObject({ rows: 0, shards: [] });
  });

  test.each([
    ['no JSON', '{"text": "a", "id": 1}\n{"text": ', /row 2 is not JSON/],
    ['no object', '["a"]', /row 1 is an array, not an object with the field "text"/],
    ['no text', '{"id": 1}', /row 1 has nothing as "text", not a text/],
    ['another type', '{"text": 1, "id": 1}', /row 1 has a number as "text"/],
    ['no id', '{"text": "a", "id": 1.5}', /row 1 has a number as "id", not a text or a whole number/],
    ['text of the prototype', '{"__proto__": {"text": "a"}, "id": 1}', /row 1 has nothing as "text"/],
    ['another encoding', Uint8Array.of(0x22, 0xff, 0x22), /row 1 is not UTF-8/],
  ])('with %s is refused with the row', async (_, content, message) => {
    const refused = expect((await jsonl(content)).divide(4)).rejects;
    await refused.toThrow(message);
    await refused.toMatchObject({ code: 'ERR_FORMAT', rule: 'corpus-row' });
  });

  test('whose fields are named as those of every object has them for their own alone', async () => {
    const fields = { text: 'constructor', id: '__proto__' };
    const corpus = await jsonl('{"constructor": "a", "__proto__": "b"}', fields);
    const { shards } = await corpus.divide(1);
    expect(await readShard(corpus, shards[0]!)).toEqual([{ text: 'a', id: 'b' }]);
    await expect((await jsonl('{}', fields)).divide(1)).rejects.toThrow('nothing as "constructor"');
    expect({}).not.toHaveProperty('polluted');
  });

  test('that has changed is refused', async () => {
    const path = join(await newDirectory(), 'corpus.jsonl');
    await writeJsonl(path, [{ text: 'a' }, { text: 'b' }]);
    const corpus = await openCorpus(path, 'jsonl', { text: 'text' });
    const { shards } = await corpus.divide(1);
    for (const content of [
      '{"text":"a"}\n{"text":"c"}\n',
      '{"text":"a"}\n{"text":"c\n',
      '{"text":"a"}\n',
      '',
    ]) {
      await writeFile(path, content);
      await expect(readShard(corpus, shards[1]!)).rejects.toMatchObject({
        code: 'ERR_FLEET',
        reason: 'corpus-changed',
      });
    }
  });
});

describe('a Parquet corpus', () => {
  const columns = (rows: number) => [
    { name: 'id', data: Array.from({ length: rows }, (_, i) => BigInt(i) * 10n), type: 'INT64' as const },
    { name: 'text', data: Array.from({ length: rows }, (_, i) => `텍스트 ${i}`), type: 'STRING' as const },
    { name: 'other', data: new Array<number>(rows).fill(1), type: 'DOUBLE' as const },
  ];

  async function parquet(rows: number, fields = FIELDS): Promise<Corpus> {
    const filename = join(await newDirectory(), 'corpus.parquet');
    await parquetWriteFile({ filename, columnData: columns(rows), rowGroupSize: 5 });
    return openCorpus(filename, 'parquet', fields);
  }

  test('is divided into shards that do not cross its row groups', async () => {
    const corpus = await parquet(12);
    const { shards, rows } = await corpus.divide(3);
    expect(rows).toBe(12);
    expect(shards.map(({ firstRow, rows: count }) => [firstRow, count])).toEqual([
      [0, 3],
      [3, 2],
      [5, 3],
      [8, 2],
      [10, 2],
    ]);
    const read = await Promise.all(shards.map((shard) => readShard(corpus, shard)));
    expect(read.flat()).toEqual(Array.from({ length: 12 }, (_, i) => ({ id: i * 10, text: `텍스트 ${i}` })));
  });

  test('without the column, with one of another type and with broken bytes is refused', async () => {
    await expect((await parquet(3, { text: 'body' })).divide(3)).rejects.toThrow(
      'has no column "body"; its columns are id, text, other',
    );
    await expect((await parquet(3, { text: 'other' })).divide(3)).rejects.toThrow(
      'row 1 has a number as "other"',
    );
    const path = join(await newDirectory(), 'corpus.parquet');
    await writeFile(path, 'PAR1 no parquet PAR1');
    await expect((await openCorpus(path, 'parquet', FIELDS)).divide(3)).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      rule: 'corpus-file',
    });
  });
});

describe('the numbers of a Parquet file', () => {
  const column = { meta_data: { path_in_schema: ['text'], num_values: 3n } };
  const check = (rows: bigint, all: bigint) => () =>
    checkRows(
      { row_groups: [{ num_rows: rows, columns: [column] }], num_rows: all } as unknown as FileMetaData,
      FIELDS,
    );

  test('must fit together', () => {
    expect(check(3n, 3n)).not.toThrow();
    expect(check(2n, 2n)).toThrow('has 3 values of "text" in a row group of 2 rows');
    expect(check(3n, 4n)).toThrow('has 3 rows in its row groups, and says that it has 4');
    expect(check(-1n, 3n)).toThrow('has a row group of -1 rows');
    expect(check(undefined as never, 3n)).toThrow('has a row group of undefined rows');
    expect(check('3' as never, 3n)).toThrow('has a row group of 3 rows');
    expect(check(2n ** 60n, 2n ** 60n)).toThrow(
      'row group of 1152921504606846976 rows; 0 to 10000000 are read',
    );
  });

  test('do not make a page fill the memory', () => {
    const { SNAPPY } = limited({ SNAPPY: (_, bytes) => new Uint8Array(bytes) });
    expect(SNAPPY!(new Uint8Array(1), 8)).toHaveLength(8);
    expect(() => SNAPPY!(new Uint8Array(1), 2 ** 29)).toThrow('a page of 536870912 bytes');
  });
});

describe('a corpus', () => {
  test('must be a file of a known format', async () => {
    expect(formatOf('a/B.NDJSON')).toBe('jsonl');
    expect(() => formatOf('corpus.jsonl.gz')).toThrow('must be a .jsonl, .ndjson or .parquet file');
    const directory = await newDirectory();
    await expect(openCorpus(directory, 'jsonl', FIELDS)).rejects.toMatchObject({ reason: 'unreadable' });
    await expect(openCorpus(join(directory, 'x'), 'jsonl', FIELDS)).rejects.toMatchObject({
      reason: 'not-found',
    });
  });
});
