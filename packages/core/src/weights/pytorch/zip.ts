import type { ByteSource } from '../../platform/bytes.ts';
import { pytorchError } from './rules.ts';

/** Where an entry's bytes are in the file. */
export interface ZipEntry {
  readonly begin: number;
  readonly size: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

const invalid = (what: string) => pytorchError('zip-invalid', what);

/** A position in the archive: its view and the offset of a record. */
class Fields {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, true);
  }

  u64(at: number): number {
    this.#check(at, 8);
    const value = this.#view.getBigUint64(at, true);
    if (value > Number.MAX_SAFE_INTEGER) throw invalid('a size or an offset is too large');
    return Number(value);
  }

  #check(at: number, size: number): void {
    if (at < 0 || at + size > this.#view.byteLength) throw invalid('a record ends early');
  }
}

/** Opens the entries of a zip archive (PKWARE's APPNOTE, also with 64-bit sizes) by name. Entries must be stored, not compressed, as PyTorch writes them. */
export class ZipArchive {
  readonly #source: ByteSource;
  readonly #entries: ReadonlyMap<string, { readonly header: number; readonly size: number }>;

  private constructor(
    source: ByteSource,
    entries: ReadonlyMap<string, { readonly header: number; readonly size: number }>,
  ) {
    this.#source = source;
    this.#entries = entries;
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Reads the directory at the end of the archive. Throws `FormatError` for an invalid one. */
  static async open(source: ByteSource): Promise<ZipArchive> {
    const { count, begin, size } = await findDirectory(source);
    if (size > MAX_DIRECTORY_BYTES || begin + size > source.size) {
      throw invalid(`the directory of ${size} bytes at ${begin} does not lie within ${source.size} bytes`);
    }
    if (count * CENTRAL_BYTES > size) throw invalid(`${count} entries do not fit into ${size} bytes`);
    const bytes = await source.read(begin, begin + size);
    return new ZipArchive(source, readDirectory(bytes, count));
  }

  /** The place of an entry; undefined if there is none of this name. */
  async entry(name: string): Promise<ZipEntry | undefined> {
    const known = this.#entries.get(name);
    if (!known) return undefined;
    const { header, size } = known;
    if (header + LOCAL_BYTES > this.#source.size) throw invalid(`entry ${name} begins behind the end`);
    const fields = new Fields(await this.#source.read(header, header + LOCAL_BYTES));
    if (fields.u32(0) !== LOCAL) throw invalid(`entry ${name} has no header`);
    const begin = header + LOCAL_BYTES + fields.u16(26) + fields.u16(28);
    if (begin + size > this.#source.size) throw invalid(`entry ${name} ends behind the end of the file`);
    return { begin, size };
  }
}

async function findDirectory(source: ByteSource): Promise<{ count: number; begin: number; size: number }> {
  const from = Math.max(0, source.size - END_BYTES - MAX_COMMENT);
  const tail = await source.read(from, source.size);
  const fields = new Fields(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (fields.u32(at) !== END || at + END_BYTES + fields.u16(at + 20) !== tail.length) continue;
    const found = { count: fields.u16(at + 10), size: fields.u32(at + 12), begin: fields.u32(at + 16) };
    const is64 = at >= 20 && fields.u32(at - 20) === LOCATOR_64;
    return is64 ? readDirectory64(source, fields.u64(at - 20 + 8)) : found;
  }
  throw pytorchError('not-zip', 'no zip archive, which torch.save writes since PyTorch 1.6');
}

async function readDirectory64(source: ByteSource, at: number) {
  if (at + 56 > source.size) throw invalid('the 64-bit directory record lies behind the end');
  const fields = new Fields(await source.read(at, at + 56));
  if (fields.u32(0) !== END_64) throw invalid('there is no 64-bit directory record');
  return { count: fields.u64(32), size: fields.u64(40), begin: fields.u64(48) };
}

function readDirectory(bytes: Uint8Array, count: number) {
  const fields = new Fields(bytes);
  const entries = new Map<string, { header: number; size: number }>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (fields.u32(at) !== CENTRAL) throw invalid(`entry ${i} of the directory has no signature`);
    const [flags, method] = [fields.u16(at + 8), fields.u16(at + 10)];
    const [nameLength, extraLength, commentLength] = [
      fields.u16(at + 28),
      fields.u16(at + 30),
      fields.u16(at + 32),
    ];
    const extra = at + CENTRAL_BYTES + nameLength;
    const end = extra + extraLength + commentLength;
    if (end > bytes.length) throw invalid(`entry ${i} of the directory ends early`);
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, extra));
    if (entries.has(name)) throw invalid(`entry ${JSON.stringify(name)} occurs twice`);
    const sizes = readSizes(fields, at, extra, extraLength);
    if ((flags & 1) !== 0 || method !== 0 || sizes.packed !== sizes.size) {
      throw pytorchError(
        'zip-compressed',
        `entry ${JSON.stringify(name)} is compressed or encrypted, PyTorch stores it as it is`,
      );
    }
    entries.set(name, sizes);
    at = end;
  }
  return entries;
}

/** Sizes and offset of an entry. Values of 2³² − 1 are in the extra field with the number 1, in this order. */
function readSizes(fields: Fields, at: number, extra: number, extraLength: number) {
  const short = { packed: fields.u32(at + 20), size: fields.u32(at + 24), header: fields.u32(at + 42) };
  let from = extra;
  while (from + 4 <= extra + extraLength && fields.u16(from) !== 1) from += 4 + fields.u16(from + 2);
  const end =
    from + 4 <= extra + extraLength ? Math.min(from + 4 + fields.u16(from + 2), extra + extraLength) : 0;
  let next = from + 4;
  const wide = (value: number): number => {
    if (value !== 0xffff_ffff || next + 8 > end) return value;
    next += 8;
    return fields.u64(next - 8);
  };
  const size = wide(short.size);
  const packed = wide(short.packed);
  return { size, packed, header: wide(short.header) };
}
