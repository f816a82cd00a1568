import { join } from 'node:path';
import * as v from 'valibot';
import { readOptional, removeTemporaries, replaceFile, sha256 } from '../files.ts';
import type { FleetSettings } from '../options.ts';
import { atLeastOne, count, fileError, fileName, hash, parseJson } from '../plan/json.ts';
import { type Plan, Settings } from '../plan/plan.ts';
import { readModelFile } from './model-file.ts';
import { shardName, tensorOf } from './names.ts';
import { parseRecord, readRecord } from './shard-files.ts';

/** A file of a run. */
export interface FleetFile {
  /** Its name in the directory. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a run has written: the content of manifest.json. */
export interface FleetManifest {
  readonly version: 1;
  readonly settings: FleetSettings;
  readonly corpus: { readonly bytes: number; readonly sha256: string; readonly rows: number };
  /** Name of the tensor in each file. */
  readonly tensor: 'embeddings' | 'scores';
  readonly dtype: 'F32';
  /** Features, or labels. Absent for a corpus without rows. */
  readonly width?: number;
  /** `classify`: the label of each score. */
  readonly labels?: readonly string[];
  /** In the order of the corpus. */
  readonly shards: readonly FleetShard[];
}

/** A part of the results. */
export interface FleetShard {
  /** Index of its first row in the corpus. */
  readonly firstRow: number;
  readonly rows: number;
  /** The tensor, as safetensors. */
  readonly vectors: FleetFile;
  /** The hash of that file, and the ids, as JSON. */
  readonly record: FleetFile;
}

const File = v.strictObject({ file: fileName, bytes: atLeastOne, sha256: hash });

const Manifest: v.GenericSchema<unknown, FleetManifest> = v.strictObject({
  version: v.literal(1),
  settings: Settings,
  corpus: v.strictObject({ bytes: count, sha256: hash, rows: count }),
  tensor: v.picklist(['embeddings', 'scores']),
  dtype: v.literal('F32'),
  width: v.exactOptional(atLeastOne),
  labels: v.exactOptional(v.array(v.string())),
  shards: v.array(v.strictObject({ firstRow: count, rows: atLeastOne, vectors: File, record: File })),
});

export const MANIFEST = 'manifest.json';

/** The manifest of a directory; undefined before the run is done. */
export async function readManifest(directory: string): Promise<FleetManifest | undefined> {
  const text = await readOptional(join(directory, MANIFEST));
  return text === undefined ? undefined : parseManifest(text);
}

/** Throws `FormatError` unless it is a manifest whose shards follow one another. */
export function parseManifest(text: string): FleetManifest {
  const manifest = parseJson(Manifest, text, 'fleet-manifest', MANIFEST);
  let next = 0;
  for (const { firstRow, rows } of manifest.shards) {
    if (firstRow !== next) throw fileError('fleet-manifest', MANIFEST, 'shards do not follow one another');
    next += rows;
  }
  if (next === manifest.corpus.rows) return manifest;
  throw fileError('fleet-manifest', MANIFEST, `has ${next} of ${manifest.corpus.rows} rows`);
}

/** Writes the manifest of a run whose shards are all done, and removes what killed processes have left behind. */
export async function writeManifest(directory: string, plan: Plan): Promise<FleetManifest> {
  const shards: FleetShard[] = [];
  for (const shard of plan.shards.keys()) {
    const text = await readRecord(directory, plan, shard);
    const name = `${shardName(plan, shard)}.json`;
    if (text === undefined) throw fileError('fleet-record', name, 'was there and is gone');
    const { file, bytes, sha256: vectors, firstRow, rows } = parseRecord(text, plan, shard);
    shards.push({
      firstRow,
      rows,
      vectors: { file, bytes, sha256: vectors },
      record: { file: name, bytes: Buffer.byteLength(text), sha256: sha256(text) },
    });
  }
  const model = await readModelFile(directory);
  const manifest: FleetManifest = {
    version: 1,
    settings: plan.settings,
    corpus: plan.corpus,
    tensor: tensorOf(plan),
    dtype: 'F32',
    ...(model && { width: model.width }),
    ...(model?.labels && { labels: model.labels }),
    shards,
  };
  await replaceFile(join(directory, MANIFEST), `${JSON.stringify(manifest, undefined, 1)}\n`);
  await removeTemporaries(directory);
  return manifest;
}
