import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetHeader } from 'hyparquet/src/column.js';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { ParquetFile } from '../src/corpus/parquet/file.ts';
import { checkPages } from '../src/corpus/parquet/pages.ts';
import { ParquetReader } from '../src/corpus/parquet/reader.ts';
import { checkStructure } from '../src/corpus/parquet/structure.ts';
import { newDirectory } from './helpers.ts';

const ROWS = 50;
const FIELDS = { text: 'text' };

/** A file without compression, whose one page begins at byte 4. */
async function plainFile(): Promise<{ path: string; bytes: Buffer }> {
  const filename = join(await newDirectory(), 'corpus.parquet');
  const data = Array.from({ length: ROWS }, (_, i) => `text ${i}`);
  await parquetWriteFile({
    filename,
    codec: 'UNCOMPRESSED',
    columnData: [{ name: 'text', data, type: 'STRING', nullable: true }],
  });
  return { path: filename, bytes: await readFile(filename) };
}

/** Replaces bytes that are there once. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  const [before, after] = [from, to].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const at = bytes.indexOf(before!);
  expect(at).toBeGreaterThan(0);
  expect(bytes.indexOf(before!, at + 1)).toBe(-1);
  const result = Buffer.from(bytes);
  after!.copy(result, at);
  return result;
}

// The library believes the length of a run of levels: here 2 147 483 647 values, of a page that says 50.
const RUN = ['64 01 06 00 00 00', 'fe ff ff ff 0f'] as const;

describe('a Parquet file whose pages unpack to more than they say', () => {
  test('is refused when its time is over', async () => {
    const { path, bytes } = await plainFile();
    await writeFile(path, replaced(bytes, ...RUN));
    const reader = new ParquetReader(path, FIELDS, { seconds: 1, secondsPerMiB: 1, memory: 4096 });
    const refused = { code: 'ERR_FORMAT', rule: 'corpus-file' };
    const group = { kind: 'divide', group: 0, size: ROWS } as const;
    await expect(reader.ask(group)).rejects.toMatchObject({
      ...refused,
      message: 'corpus: the file takes longer to unpack than a whole file of its size can',
    });
    // Another process reads what is there now.
    await writeFile(path, bytes);
    expect(await reader.ask({ kind: 'rows', start: 1, end: 3 })).toEqual([
      { text: 'text 1' },
      { text: 'text 2' },
    ]);
  });

  test('is refused when it needs more memory than a row group may', async () => {
    const { path, bytes } = await plainFile();
    await writeFile(path, replaced(bytes, ...RUN));
    const reader = new ParquetReader(path, FIELDS, { seconds: 100, secondsPerMiB: 1, memory: 64 });
    await expect(reader.ask({ kind: 'divide', group: 0, size: ROWS })).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/makes the reader of Parquet die/),
    });
  });
});

describe('headers of pages', () => {
  const check = (bytes: Buffer) => {
    const page = new Uint8Array(bytes.subarray(4, 4 + PAGE));
    return () => checkPages(new DataView(page.buffer), ROWS, parquetHeader);
  };
  /** Bytes of the page and its header. */
  const PAGE = 565;
  // Type, unpacked size, size, and a header of version 2: values, nulls, rows, encoding, bytes of levels.
  const HEADER = '15 06 15 bc 08 15 bc 08 5c 15 64 15 00 15 64 15 00 15 04 15 00';

  test('that fit together pass', async () => {
    const { bytes } = await plainFile();
    expect(bytes.subarray(4, 25).toString('hex')).toBe(HEADER.replaceAll(' ', ''));
    expect(check(bytes)).not.toThrow();
  });

  test.each([
    ['more values than rows', '5c 15 64', '5c 15 66', 'a number of values of 51; 0 to 50 would be right'],
    ['fewer than no values', '5c 15 64', '5c 15 63', 'a number of values of -50'],
    ['more nulls than values', '15 64 15 00 15 64', '15 64 15 66 15 64', 'a number of nulls of 51'],
    ['more rows than values', '15 64 15 00 15 64', '15 64 15 00 15 66', 'a number of rows of 51'],
    ['levels beyond the page', '15 04 15 00 00', '15 04 15 7f 00', 'a size of levels of -64'],
    ['a size beyond the column', '15 bc 08 5c', '15 bc 7f 5c', 'a size of 8158; 0 to'],
    ['no size', '15 bc 08 5c', '13 bc 08 5c', 'a page with a size of'],
    ['less than nothing to unpack', '15 06 15 bc 08', '15 06 15 bd 08', 'an unpacked size of -543'],
  ])('with %s are refused', async (_, from, to, message) => {
    const { bytes } = await plainFile();
    expect(check(replaced(bytes, from, to))).toThrow(message);
  });
});

describe('a structure', () => {
  const check = (hex: string) => () =>
    checkStructure(new DataView(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')).buffer), 0);

  test('ends where it says', () => {
    // A byte, a number, a text of two letters, a list of two numbers, a structure.
    expect(check('13 07 15 80 01 18 02 61 62 19 25 02 04 1c 11 00 00 ff')()).toBe(17);
  });

  test.each([
    ['a text beyond the end', '18 05 61 62', 'a text of 5 bytes with 2 left'],
    ['a list beyond the end', '19 f5 ff ff ff ff 0f', 'a list of 4294967295 values with 0 bytes left'],
    ['a number without an end', `15 ${'ff '.repeat(12)}`, 'a number of more than 64 bits'],
    ['many structures in each other', '1c '.repeat(50), 'more than 32 structures in each other'],
    ['lists of lists', '19 19 '.repeat(50), 'more than 32 structures in each other'],
    ['an unknown type', '1d 00', 'a value of type 13'],
    ['no end', '15 02', /outside the bounds/],
  ])('with %s is refused', (_, hex, message) => {
    expect(check(hex)).toThrow(message);
  });
});

describe('the description of a file', () => {
  test.each([
    ['nothing', (bytes: Buffer) => bytes.subarray(0, 0), '0 bytes'],
    [
      'a length beyond the file',
      (bytes: Buffer) => bytes.fill(0x7f, bytes.length - 8, bytes.length - 4),
      'a description of 2139062143 bytes',
    ],
    ['another ending', (bytes: Buffer) => bytes.fill('X', bytes.length - 1), 'it does not end with PAR1'],
    ['a column outside', (bytes: Buffer) => bytes.subarray(300), 'the column text at bytes 4 to 569 of'],
  ])('with %s is refused', async (_, change, message) => {
    const { bytes } = await plainFile();
    const broken = new Uint8Array(change(bytes));
    const file = {
      byteLength: broken.length,
      slice: (start: number, end?: number) => broken.buffer.slice(start, end),
    };
    await expect(ParquetFile.open(file, FIELDS)).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringContaining(message),
    });
  });
});
