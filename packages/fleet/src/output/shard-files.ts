import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@headwise/core';
import * as v from 'valibot';
import type { Row } from '../corpus/row.ts';
import { readOptional, replaceFile, sha256, writeOnce } from '../files.ts';
import { atLeastOne, count, fileError, fileName, hash, parseJson } from '../plan/json.ts';
import type { Plan } from '../plan/plan.ts';
import { shardName, tensorOf } from './names.ts';

// A shard is two files: the vectors as safetensors, and then a record of JSON with their hash and the ids. A shard with a record is done.

const ShardRecord = v.strictObject({
  file: fileName,
  bytes: atLeastOne,
  sha256: hash,
  firstRow: count,
  rows: atLeastOne,
  width: atLeastOne,
  ids: v.exactOptional(v.array(v.union([v.string(), v.pipe(v.number(), v.safeInteger())]))),
});
/** What is known of a shard that is done. */
export type ShardRecord = v.InferOutput<typeof ShardRecord>;

/** Vectors of a shard: `[rows, width]`, one after another. */
export interface Vectors {
  readonly data: Float32Array;
  readonly width: number;
}

/** Writes a shard that is computed, unless another process has. */
export async function writeShard(
  directory: string,
  plan: Plan,
  shard: number,
  rows: readonly Row[],
  { data, width }: Vectors,
): Promise<void> {
  const name = shardName(plan, shard);
  const file = `${name}.safetensors`;
  const { firstRow } = plan.shards[shard]!;
  const bytes = writeSafetensors(
    [[tensorOf(plan), { dtype: 'F32', shape: [rows.length, width], bytes: littleEndian(data) }]],
    [['first_row', String(firstRow)]],
  );
  const path = join(directory, file);
  let written: Uint8Array = bytes;
  if (!(await writeOnce(path, bytes))) {
    // Another process wrote it and did not come to its record, or its record was broken. The last bits of `wasm-relaxed-simd` depend on the processor.
    written = await readFile(path);
    const isBroken =
      written.length !== bytes.length ||
      (plan.settings.model.backend !== 'wasm-relaxed-simd' && Buffer.compare(written, bytes) !== 0);
    if (isBroken) {
      await replaceFile(path, bytes);
      written = bytes;
    }
  }
  const record: ShardRecord = {
    file,
    bytes: bytes.length,
    sha256: sha256(written),
    firstRow,
    rows: rows.length,
    width,
    ...(plan.settings.corpus.idField !== undefined && { ids: rows.map(({ id }) => id!) }),
  };
  await writeOnce(join(directory, `${name}.json`), `${JSON.stringify(record)}\n`);
}

/** Whether a shard is done. */
export async function isShardDone(directory: string, plan: Plan, shard: number): Promise<boolean> {
  return (await readOptional(join(directory, `${shardName(plan, shard)}.json`))) !== undefined;
}

/** The shards that are done, by the names of the directory's files. */
export async function doneShards(directory: string, plan: Plan): Promise<Set<number>> {
  const names = new Set(await readdir(directory));
  return new Set([...plan.shards.keys()].filter((shard) => names.has(`${shardName(plan, shard)}.json`)));
}

/** The text of the record of a shard that is done; undefined if it is not. */
export function readRecord(directory: string, plan: Plan, shard: number): Promise<string | undefined> {
  return readOptional(join(directory, `${shardName(plan, shard)}.json`));
}

/** Throws `FormatError` unless it is the record of this shard. */
export function parseRecord(text: string, plan: Plan, shard: number): ShardRecord {
  const name = shardName(plan, shard);
  const record = parseJson(ShardRecord, text, 'fleet-record', `${name}.json`);
  const { firstRow, rows } = plan.shards[shard]!;
  const hasIds = plan.settings.corpus.idField !== undefined;
  const isRight =
    record.file === `${name}.safetensors` &&
    record.firstRow === firstRow &&
    record.rows === rows &&
    record.ids?.length === (hasIds ? rows : undefined);
  if (isRight) return record;
  throw fileError('fleet-record', `${name}.json`, 'it is the record of another shard');
}

/** The bytes of 32-bit floats as safetensors has them. */
function littleEndian(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return IS_LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
