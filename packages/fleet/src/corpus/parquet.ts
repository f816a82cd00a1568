import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { FormatError } from '@headwise/core';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import {
  type Contents,
  type Corpus,
  type CorpusRule,
  type Fields,
  hashOf,
  type Row,
  rowOf,
  type Shard,
} from './row.ts';

interface Opened {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

/** A Parquet file with a column of texts. Shards do not cross its row groups. */
export class ParquetCorpus implements Corpus {
  readonly #path: string;
  readonly #fields: Fields;
  #opened: Promise<Opened> | undefined;

  constructor(path: string, fields: Fields) {
    this.#path = path;
    this.#fields = fields;
  }

  async divide(shardSize: number, signal?: AbortSignal): Promise<Contents> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(this.#path, { highWaterMark: 2 ** 20 })) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    const { metadata } = await this.#open();
    const shards: Shard[] = [];
    let groupStart = 0;
    for (const group of metadata.row_groups) {
      const rows = await this.#rows(groupStart, groupStart + Number(group.num_rows));
      signal?.throwIfAborted();
      for (let at = 0; at < rows.length; at += shardSize) {
        const part = rows.slice(at, at + shardSize);
        shards.push({ firstRow: groupStart + at, rows: part.length, sha256: hashOf(part) });
      }
      groupStart += rows.length;
    }
    return { bytes, sha256: hash.digest('hex'), rows: groupStart, shards };
  }

  read({ firstRow, rows }: Shard): Promise<Row[]> {
    return this.#rows(firstRow, firstRow + rows);
  }

  /** Reads a range of rows: pages of their row groups if the file has an index of offsets, else the columns of their row groups. */
  async #rows(rowStart: number, rowEnd: number): Promise<Row[]> {
    const opened = await this.#open();
    const { text, id } = this.#fields;
    const { parquetReadObjects } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    const values = await whole(() =>
      parquetReadObjects({
        ...opened,
        columns: id === undefined || id === text ? [text] : [text, id],
        rowStart,
        rowEnd,
        compressors,
        useOffsetIndex: true,
      }),
    );
    if (values.length !== rowEnd - rowStart)
      throw fileError(`has ${values.length} of the rows ${rowStart + 1} to ${rowEnd}`);
    return values.map((value, index) => rowOf(value, this.#fields, rowStart + index + 1));
  }

  #open(): Promise<Opened> {
    this.#opened ??= openFile(this.#path, this.#fields);
    return this.#opened;
  }
}

/** Reads the end of the file, which describes it. */
async function openFile(path: string, fields: Fields): Promise<Opened> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const file = await asyncBufferFromFile(path);
  const metadata = await whole(() => parquetMetadataAsync(file));
  const columns = (await whole(async () => parquetSchema(metadata))).children.map(
    ({ element }) => element.name,
  );
  for (const name of [fields.text, fields.id]) {
    if (name !== undefined && !columns.includes(name))
      throw fileError(`has no column ${JSON.stringify(name)}; its columns are ${columns.join(', ')}`);
  }
  return { file, metadata };
}

/** What the reader of Parquet throws, as an error of the file. */
async function whole<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // Node's own errors, of files that cannot be read, have a code.
    if (typeof (error as { code?: unknown } | null)?.code === 'string') throw error;
    throw fileError(
      `cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function fileError(what: string, cause?: unknown): FormatError<CorpusRule> {
  const options = cause === undefined ? undefined : { cause };
  return new FormatError<CorpusRule>('corpus-file', `corpus: the file ${what}`, options);
}
