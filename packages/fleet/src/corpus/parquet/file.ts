import { FormatError } from '@headwise/core';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { type CorpusRule, type Fields, hashOf, type Row, rowOf } from '../row.ts';
import { checkedFile, MAX_PAGE_BYTES } from './pages.ts';
import { checkStructure } from './structure.ts';

/** Rows that follow each other in one row group, and their hash. */
export interface Part {
  readonly rows: number;
  readonly sha256: string;
}

/** A Parquet file with a column of texts, read in this thread. */
export class ParquetFile {
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #fields: Fields;
  /** First row of each row group, and the number of all rows. */
  readonly #starts = [0];

  private constructor(file: AsyncBuffer, metadata: FileMetaData, fields: Fields) {
    this.#file = file;
    this.#metadata = metadata;
    this.#fields = fields;
    for (const { num_rows: rows } of metadata.row_groups)
      this.#starts.push(this.#starts.at(-1)! + Number(rows));
  }

  /** Reads the end of the file, which describes it. */
  static async open(file: AsyncBuffer, fields: Fields): Promise<ParquetFile> {
    const { parquetMetadata, parquetSchema } = await import('hyparquet');
    const metadata = await whole(async () => parquetMetadata(await footerOf(file), { geoparquet: false }));
    const columns = (await whole(async () => parquetSchema(metadata))).children;
    for (const name of [fields.text, fields.id]) {
      if (name === undefined) continue;
      const column = columns.find(({ element }) => element.name === name);
      if (!column)
        throw fileError(
          `has no column ${JSON.stringify(name)}; its columns are ${columns.map(({ element }) => element.name).join(', ')}`,
        );
      if (column.children.length > 0 || column.element.repetition_type === 'REPEATED')
        throw fileError(`has lists or records as ${JSON.stringify(name)}, not a value for each row`);
    }
    checkRows(metadata, fields);
    const checked = await whole(() => checkedFile(file, metadata, fields));
    return new ParquetFile(checked, metadata, fields);
  }

  /** Row groups. */
  get groups(): number {
    return this.#metadata.row_groups.length;
  }

  /** Reads a row group, and divides it into parts of at most `size` rows. */
  async divide(group: number, size: number): Promise<Part[]> {
    const rows = await this.rows(this.#starts[group]!, this.#starts[group + 1]!);
    const parts: Part[] = [];
    for (let at = 0; at < rows.length; at += size) {
      const part = rows.slice(at, at + size);
      parts.push({ rows: part.length, sha256: hashOf(part) });
    }
    return parts;
  }

  /** Reads a range of rows: pages of their row groups if the file has an index of offsets, else the columns of their row groups. */
  async rows(rowStart: number, rowEnd: number): Promise<Row[]> {
    const { text, id } = this.#fields;
    const { parquetReadObjects } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    const values = await whole(() =>
      parquetReadObjects({
        file: this.#file,
        metadata: this.#metadata,
        columns: id === undefined || id === text ? [text] : [text, id],
        rowStart,
        rowEnd,
        compressors: limited(compressors),
        useOffsetIndex: true,
      }),
    );
    if (values.length !== rowEnd - rowStart)
      throw fileError(`has ${values.length} of the rows ${rowStart + 1} to ${rowEnd}`);
    return values.map((value, index) => rowOf(value, this.#fields, rowStart + index + 1));
  }
}

/** Rows of a row group: ten times what writers choose at most. A file that claims more is broken or hostile. */
const MAX_GROUP_ROWS = 10_000_000;
/** Bytes at the end of a file that describe it. */
const MAX_FOOTER_BYTES = 64 * 2 ** 20;

/** Throws `FormatError` for numbers of rows that do not fit together, which the reader would believe. */
export function checkRows({ row_groups: groups, num_rows: all }: FileMetaData, { text, id }: Fields): void {
  let sum = 0;
  for (const { num_rows: rows, columns } of groups) {
    // The library returns what is there for a number, of any type.
    if (typeof rows !== 'bigint' || rows < 0 || rows > MAX_GROUP_ROWS)
      throw fileError(`has a row group of ${rows} rows; 0 to ${MAX_GROUP_ROWS} are read`);
    sum += Number(rows);
    for (const { meta_data: column } of columns) {
      const [name, ...inner] = column?.path_in_schema ?? [];
      const isRead = inner.length === 0 && (name === text || name === id);
      if (isRead && column?.num_values !== rows)
        throw fileError(
          `has ${column?.num_values} values of ${JSON.stringify(name)} in a row group of ${rows} rows`,
        );
    }
  }
  if (BigInt(sum) !== all) throw fileError(`has ${sum} rows in its row groups, and says that it has ${all}`);
}

/** Decompressors that refuse to fill the memory. */
export function limited(all: Compressors): Compressors {
  return Object.fromEntries(
    Object.entries(all).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, bytes: number) => {
        if (bytes <= MAX_PAGE_BYTES) return decompress(input, bytes);
        throw new RangeError(`a page of ${bytes} bytes; up to ${MAX_PAGE_BYTES} are read`);
      },
    ]),
  );
}

/** The end of the file, from its description on. Throws `RangeError` if that is not whole. */
async function footerOf(file: AsyncBuffer): Promise<ArrayBuffer> {
  const end = file.byteLength;
  // The description is followed by its length and four letters.
  if (end < 12) throw new RangeError(`${end} bytes`);
  const length = new DataView(await file.slice(end - 8, end)).getUint32(0, true);
  if (length > Math.min(end - 12, MAX_FOOTER_BYTES))
    throw new RangeError(`a description of ${length} bytes in a file of ${end}`);
  const footer = await file.slice(end - 8 - length, end);
  if (new TextDecoder().decode(footer.slice(-4)) !== 'PAR1')
    throw new RangeError('it does not end with PAR1');
  checkStructure(new DataView(footer, 0, length), 0);
  return footer;
}

/** What the reader of Parquet throws, as an error of the file. */
async function whole<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // Of a file that the system cannot read.
    if (typeof (error as { syscall?: unknown } | null)?.syscall === 'string') throw error;
    throw fileError(
      `cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

export function fileError(what: string, cause?: unknown): FormatError<CorpusRule> {
  const options = cause === undefined ? undefined : { cause };
  return new FormatError<CorpusRule>('corpus-file', `corpus: the file ${what}`, options);
}
