import type { AsyncBuffer, ColumnMetaData, FileMetaData } from 'hyparquet';
import type { Fields } from '../row.ts';
import { checkStructure } from './structure.ts';

/** Bytes that a page unpacks to: ten times what writers choose at most. A file that claims more is broken or hostile. */
export const MAX_PAGE_BYTES = 256 * 2 ** 20;

interface PageHeader {
  readonly type?: string;
  readonly uncompressed_page_size?: unknown;
  readonly compressed_page_size?: unknown;
  readonly data_page_header?: { readonly num_values?: unknown };
  readonly data_page_header_v2?: {
    readonly num_values?: unknown;
    readonly num_rows?: unknown;
    readonly num_nulls?: unknown;
    readonly definition_levels_byte_length?: unknown;
    readonly repetition_levels_byte_length?: unknown;
  };
  readonly dictionary_page_header?: { readonly num_values?: unknown };
}
type ReadHeader = (reader: { view: DataView; offset: number }) => PageHeader;

/** A column's pages in a row group. */
interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly rows: number;
}

/**
 * The file, with the headers of pages checked before the library sees them: it makes arrays of as many values as they say, and loops over them. Slices that
 * it reads begin with a page.
 */
export async function checkedFile(
  file: AsyncBuffer,
  { row_groups: groups }: FileMetaData,
  { text, id }: Fields,
): Promise<AsyncBuffer> {
  const { parquetHeader } = (await import('hyparquet/src/column.js')) as { parquetHeader: ReadHeader };
  const chunks: Chunk[] = [];
  const indexes = new Set<number>();
  for (const { columns, num_rows: rows } of groups) {
    for (const { meta_data: column, offset_index_offset: index } of columns) {
      const name = column?.path_in_schema[0];
      if (!column || (name !== text && name !== id)) continue;
      chunks.push({ ...rangeOf(column, file.byteLength), rows: Number(rows) });
      if (index !== undefined) indexes.add(Number(index));
    }
  }
  return {
    byteLength: file.byteLength,
    async slice(start, end = file.byteLength) {
      const bytes = await file.slice(start, end);
      if (indexes.has(start)) checkStructure(new DataView(bytes), 0);
      for (const chunk of chunks) {
        const [from, to] = [Math.max(start, chunk.start), Math.min(end, chunk.end)];
        if (from < to) checkPages(new DataView(bytes, from - start, to - from), chunk.rows, parquetHeader);
      }
      return bytes;
    },
  };
}

/** Where the pages of a column are. Throws `RangeError` if that is not in the file. */
function rangeOf(column: ColumnMetaData, bytes: number): { start: number; end: number } {
  const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: size } = column;
  const start = Number(dictionary || data);
  const end = start + Number(size);
  if (start >= 0 && start <= end && end <= bytes) return { start, end };
  throw new RangeError(
    `the column ${column.path_in_schema.join('.')} at bytes ${start} to ${end} of ${bytes}`,
  );
}

/** Throws `RangeError` for pages that are longer than their column, unpack to too much, or have more values than there are rows. */
export function checkPages(view: DataView, rows: number, readHeader: ReadHeader): void {
  const upTo = (what: string, value: unknown, max: number): number => {
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max) return value as number;
    throw new RangeError(`a page with ${what} of ${value}; 0 to ${max} would be right`);
  };
  let at = 0;
  let dictionaries = 0;
  let left = rows;
  while (at < view.byteLength - 1) {
    checkStructure(view, at);
    const reader = { view, offset: at };
    const header = readHeader(reader);
    const { data_page_header: page, data_page_header_v2: page2, dictionary_page_header: dictionary } = header;
    const size = upTo('a size', header.compressed_page_size, view.byteLength - reader.offset);
    upTo('an unpacked size', header.uncompressed_page_size, MAX_PAGE_BYTES);
    if (page) left -= upTo('a number of values', page.num_values, left);
    if (page2) {
      const values = upTo('a number of values', page2.num_values, left);
      left -= values;
      upTo('a number of rows', page2.num_rows, values);
      upTo('a number of nulls', page2.num_nulls, values);
      const levels = upTo('a size of levels', page2.definition_levels_byte_length, size);
      upTo('a size of levels', page2.repetition_levels_byte_length, size - levels);
    }
    if (dictionary) {
      upTo('a number of values', dictionary.num_values, rows);
      if (++dictionaries > 1) throw new RangeError('a column with two dictionaries');
    }
    at = reader.offset + size;
  }
}
