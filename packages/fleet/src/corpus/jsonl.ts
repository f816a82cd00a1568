import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  type Contents,
  type Corpus,
  type Fields,
  hashOf,
  type Row,
  rowError,
  rowOf,
  type Shard,
} from './row.ts';

/** Bytes that are read at a time, and that a line may have. */
const CHUNK = 2 ** 20;
const MAX_LINE = 64 * 2 ** 20;
const NEWLINE = 0x0a;

/** A file with an object of JSON in each line, in UTF-8. Empty lines are no rows. */
export class JsonlCorpus implements Corpus {
  readonly #path: string;
  readonly #fields: Fields;

  constructor(path: string, fields: Fields) {
    this.#path = path;
    this.#fields = fields;
  }

  async divide(shardSize: number, signal?: AbortSignal): Promise<Contents> {
    const hash = createHash('sha256');
    const shards: Shard[] = [];
    let rows: Row[] = [];
    let [firstRow, start, end] = [0, 0, 0];
    const finish = () => {
      if (rows.length > 0)
        shards.push({ firstRow, rows: rows.length, sha256: hashOf(rows), offset: start, bytes: end - start });
      firstRow += rows.length;
      start = end;
      rows = [];
    };
    const take = (line: Buffer) => {
      end += line.length;
      const row = readLine(line, this.#fields, firstRow + rows.length + 1);
      if (row) rows.push(row);
      if (rows.length === shardSize) finish();
    };
    let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    for await (const chunk of createReadStream(this.#path, { highWaterMark: CHUNK })) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
      rest = eachLine(rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]), take);
      if (rest.length > MAX_LINE)
        throw rowError(firstRow + rows.length + 1, `has more than ${MAX_LINE} bytes`);
    }
    if (rest.length > 0) take(rest);
    finish();
    return { bytes: end, sha256: hash.digest('hex'), rows: firstRow, shards };
  }

  async read({ offset = 0, bytes = 0, firstRow }: Shard): Promise<Row[]> {
    const file = await open(this.#path);
    try {
      const buffer = Buffer.alloc(bytes);
      const { bytesRead } = await file.read(buffer, 0, bytes, offset);
      const rows: Row[] = [];
      const take = (line: Buffer) => {
        const row = readLine(line, this.#fields, firstRow + rows.length + 1);
        if (row) rows.push(row);
      };
      const rest = eachLine(buffer.subarray(0, bytesRead), take);
      if (rest.length > 0) take(rest);
      return rows;
    } finally {
      await file.close();
    }
  }

  close(): void {}
}

/** Calls `take` with each line, its end included, and returns the rest without an end. */
function eachLine(bytes: Buffer, take: (line: Buffer) => void): Buffer {
  let from = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
    take(bytes.subarray(from, at + 1));
    from = at + 1;
  }
  return bytes.subarray(from);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The row of a line; undefined for an empty one. */
function readLine(line: Buffer, fields: Fields, number: number): Row | undefined {
  let value: unknown;
  try {
    const text = utf8.decode(line);
    if (text.trim() === '') return undefined;
    value = JSON.parse(text);
  } catch (error) {
    throw rowError(number, error instanceof SyntaxError ? 'is not JSON' : 'is not UTF-8');
  }
  return rowOf(value, fields, number);
}
