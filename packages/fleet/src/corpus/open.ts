import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { ConfigError, LoadError } from '@headwise/core';
import { FleetError } from '../errors.ts';
import { JsonlCorpus } from './jsonl.ts';
import { ParquetCorpus } from './parquet/corpus.ts';
import { type Corpus, type Fields, hashOf, type Row, type Shard } from './row.ts';

export type CorpusFormat = 'jsonl' | 'parquet';

const FORMATS = new Map<string, CorpusFormat>([
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.parquet', 'parquet'],
]);

/** The format of a corpus by the ending of its name. Throws `ConfigError` for another ending. */
export function formatOf(path: string): CorpusFormat {
  const format = FORMATS.get(extname(path).toLowerCase());
  if (format !== undefined) return format;
  throw new ConfigError(
    `fleet: the corpus must be a .jsonl, .ndjson or .parquet file, not compressed as a whole, got ${JSON.stringify(path)}`,
  );
}

/** Opens a corpus. Rejects with `LoadError` if there is no such file. */
export async function openCorpus(path: string, format: CorpusFormat, fields: Fields): Promise<Corpus> {
  await sizeOf(path);
  return format === 'jsonl' ? new JsonlCorpus(path, fields) : new ParquetCorpus(path, fields);
}

/** Bytes of the file. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const isMissing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
    throw new LoadError(
      isMissing ? 'not-found' : 'unreadable',
      `fleet: cannot read ${path}: ${cause.message}`,
      {
        file: path,
        cause,
      },
    );
  });
  if (found.isFile()) return found.size;
  throw new LoadError('unreadable', `fleet: ${path} is not a file`, { file: path });
}

/** The rows of a shard. Rejects with `FleetError` unless they are those that the run was planned for. */
export async function readShard(corpus: Corpus, shard: Shard): Promise<Row[]> {
  const changed = (options?: ErrorOptions) =>
    new FleetError(
      'corpus-changed',
      `fleet: rows ${shard.firstRow + 1} to ${shard.firstRow + shard.rows} of the corpus are not those that the run was planned for; restore the file, or start a run in another directory`,
      options,
    );
  const rows = await corpus.read(shard).catch((cause: unknown) => {
    if (typeof (cause as { rule?: unknown } | null)?.rule === 'string') throw changed({ cause });
    throw cause;
  });
  if (rows.length === shard.rows && hashOf(rows) === shard.sha256) return rows;
  throw changed();
}
