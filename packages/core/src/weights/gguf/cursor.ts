import { ggufError } from './rules.ts';

/** Thrown when a header goes on after the part of the file that has been read so far. */
export class MoreBytesNeeded extends Error {
  /** Bytes of the file that are needed at least. */
  readonly bytes: number;

  constructor(bytes: number) {
    super(`needs ${bytes} bytes`);
    this.bytes = bytes;
  }
}

const LENGTH_BYTES = 8;

/** Reads a header's values one after another, and never beyond the end of its file. */
export class GgufCursor {
  /** The next byte. */
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileSize: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** `bytes` are the beginning of a file of `fileSize` bytes. */
  constructor(bytes: Uint8Array, fileSize: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileSize = fileSize;
  }

  /** Goes on by `count` bytes. The view and position at which they begin. */
  advance(count: number, what: string): { view: DataView; at: number } {
    const { position } = this;
    const end = position + count;
    if (end > this.#fileSize) {
      throw ggufError(
        'header-past-end',
        `${what} would end at byte ${end}, the file has ${this.#fileSize}: it may be cut off`,
      );
    }
    if (end > this.#bytes.byteLength) throw new MoreBytesNeeded(end);
    this.position = end;
    return { view: this.#view, at };
  }

  u32(what: string): number {
    const { view, at } = this.advance(4, what);
    return view.getUint32(at, true);
  }

  u64(what: string): bigint {
    const { view, at } = this.advance(8, what);
    return view.getBigUint64(at, true);
  }

  /** A number of things of at least `least` bytes each, for which there is room in what is left of the file. */
  count(what: string, least: number): number {
    const count = this.u64(`the number of ${what}`);
    const room = this.#fileSize - this.position;
    if (count * BigInt(least) > room) {
      throw ggufError('count-past-end', `${count} ${what} do not fit into the ${room} bytes that are left`);
    }
    return Number(count);
  }

  /** A text of at most `longest` bytes; `tooLong` makes the error for a longer one. */
  string(what: string, longest = Infinity, tooLong?: (length: bigint) => Error): string {
    const length = this.u64(`the length of ${what}`);
    if (tooLong && length > longest) throw tooLong(length);
    const room = this.#fileSize - this.position;
    if (length > room) {
      throw ggufError('header-past-end', `${what} has ${length} bytes, the file has ${room} more`);
    }
    const { at } = this.advance(Number(length), what);
    try {
      return this.#decoder.decode(this.#bytes.subarray(at, this.position));
    } catch {
      throw ggufError('not-utf8', `${what} is not valid UTF-8`);
    }
  }

  /** Least bytes that a text takes. */
  static readonly minStringBytes = LENGTH_BYTES;
}
