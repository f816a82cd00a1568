import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutateBytes, mutateJsonText } from '../../core/test/fuzz/mutate.ts';
import { bytesOf, type FuzzReader, textOf } from '../../core/test/fuzz/reader.ts';
import { openCorpus, readShard } from '../src/corpus/open.ts';
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
/** Without Parquet: the library that reads it believes what pages say of their values, and can be kept busy by that (SECURITY.md). */
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
];
