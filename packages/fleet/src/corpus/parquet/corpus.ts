import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Contents, Corpus, Fields, Row, Shard } from '../row.ts';
import { ParquetReader } from './reader.ts';

/** A Parquet file with a column of texts. Shards do not cross its row groups. */
export class ParquetCorpus implements Corpus {
  readonly #path: string;
  readonly #reader: ParquetReader;

  constructor(path: string, fields: Fields) {
    this.#path = path;
    this.#reader = new ParquetReader(path, fields);
  }

  async divide(shardSize: number, signal?: AbortSignal): Promise<Contents> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(this.#path, { highWaterMark: 2 ** 20 })) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    const groups = await this.#reader.ask({ kind: 'groups' });
    const shards: Shard[] = [];
    let rows = 0;
    for (let group = 0; group < groups; group++) {
      for (const part of await this.#reader.ask({ kind: 'divide', group, size: shardSize })) {
        shards.push({ firstRow: rows, ...part });
        rows += part.rows;
      }
      signal?.throwIfAborted();
    }
    return { bytes, sha256: hash.digest('hex'), rows, shards };
  }

  read({ firstRow, rows }: Shard): Promise<Row[]> {
    return this.#reader.ask({ kind: 'rows', start: firstRow, end: firstRow + rows });
  }

  close(): void {
    this.#reader.close();
  }
}
