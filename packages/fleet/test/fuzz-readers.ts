import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError } from '@headwise/core';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { mutateBytes, mutateJsonText } from '../../core/test/fuzz/mutate.ts';
import { bytesOf, type FuzzReader, textOf } from '../../core/test/fuzz/reader.ts';
import { openCorpus, readShard } from '../src/corpus/open.ts';
import { ParquetFile } from '../src/corpus/parquet/file.ts';
import { checkedFile } from '../src/corpus/parquet/pages.ts';
import { parseManifest } from '../src/output/manifest.ts';
import { parseModelFile } from '../src/output/model-file.ts';
import { parseRecord } from '../src/output/shard-files.ts';
import { parsePlan } from '../src/plan/plan.ts';
import { MANIFEST, MODEL, PLAN, RECORD } from './run-files.ts';

const plan = parsePlan(JSON.stringify(PLAN));

function jsonReader(name: string, value: object, parse: (text: string) => unknown): FuzzReader {
  return {
    name,
    input: (chance) => ({ json: mutateJsonText(chance, value) }),
    read: ({ json }) => parse(textOf(json)),
  };
}

let folder: string | undefined;

/** Divides a corpus and reads its shards again. */
async function readCorpus(bytes: Uint8Array): Promise<number> {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'headwise-fuzz-'));
    folder = made;
    process.once('exit', () => void rm(made, { recursive: true, force: true }));
  }
  const path = join(folder, 'corpus.jsonl');
  writeFileSync(path, bytes);
  const corpus = await openCorpus(path, 'jsonl', { text: 'text', id: 'id' });
  const { shards, rows } = await corpus.divide(2);
  for (const shard of shards) await readShard(corpus, shard);
  return rows;
}

const JSONL = new TextEncoder().encode(
  ['a', '가나다', 'a'.repeat(50), '']
    .map((text, id) => `${JSON.stringify({ id, text, more: [1] })}\n`)
    .join(''),
);

const FIELDS = { text: 'text', id: 'id' };
const PARQUET = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      {
        name: 'text',
        data: Array.from({ length: 9 }, (_, i) => `text ${i}`),
        type: 'STRING',
        nullable: true,
      },
      { name: 'id', data: Array.from({ length: 9 }, (_, i) => i), type: 'INT32' },
    ],
    rowGroupSize: 5,
  }),
);

/** Reads the description of a Parquet file and the headers of its pages. The library that unpacks them does so in a process with limits (parquet.test.ts). */
async function readParquet(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end?: number) => bytes.buffer.slice(start, end),
  };
  const { groups } = await ParquetFile.open(file, FIELDS);
  const checked = await checkedFile(file, parquetMetadata(bytes), FIELDS);
  try {
    await checked.slice(0);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FormatError('corpus-file', cause.message, { cause });
  }
  return groups;
}

export const fleetReaders: readonly FuzzReader[] = [
  jsonReader('plan of a fleet', PLAN, parsePlan),
  jsonReader('model of a fleet', MODEL, parseModelFile),
  jsonReader('record of a fleet', RECORD, (text) => parseRecord(text, plan, 0)),
  jsonReader('manifest of a fleet', MANIFEST, parseManifest),
  {
    name: 'JSONL',
    input: (chance) => ({ bytes: mutateBytes(chance, JSONL) }),
    read: ({ bytes }) => readCorpus(bytesOf(bytes)),
  },
  {
    name: 'Parquet',
    input: (chance) => ({ bytes: mutateBytes(chance, PARQUET) }),
    read: ({ bytes }) => readParquet(bytesOf(bytes)),
  },
];
