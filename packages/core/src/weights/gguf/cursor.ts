import type { HeadwiseError } from '../../errors.ts';
import { ggufError } from './rules.ts';

/** Thrown if the header extends beyond the bytes read so far. */
export class MoreBytesNeeded extends Error {
  /** Minimum number of bytes of the file to read. */
  readonly bytes: number;

  constructor(bytes: number) {
    super(`needs ${bytes} bytes`);
    this.bytes = bytes;
  }
}

const LENGTH_BYTES = 8;

/** Reads the values of a header in sequence, with bounds checks. */
export class GgufCursor {
  /** Offset of the next byte. */
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileSize: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** `bytes` are the first bytes of a file of `fileSize` bytes. */
  constructor(bytes: Uint8Array, fileSize: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileSize = fileSize;
  }

  /** Advances by `count` bytes and returns a view and the offset of these bytes. `what` names the value in errors. */
  advance(count: number, what: string): { view: DataView; at: number } {
    const at = this.position;
    const end = at + count;
    if (end > this.#fileSize) {
      throw ggufError(
        'header-past-end',
        `${what} ends at byte ${end}, the file has ${this.#fileSize} bytes: it may be truncated`,
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

  /** Reads the number of items of at least `minBytes` bytes each and checks that the rest of the file can contain them. */
  count(what: string, minBytes: number): number {
    const count = this.u64(`the number of ${what}`);
    const remaining = this.#fileSize - this.position;
    if (count * BigInt(minBytes) > remaining) {
      throw ggufError('count-past-end', `${count} ${what} do not fit into the remaining ${remaining} bytes`);
    }
    return Number(count);
  }

  /** Reads a UTF-8 string of at most `maxBytes` bytes; `tooLong` creates the error for a longer one. */
  string(what: string, maxBytes = Infinity, tooLong?: (length: bigint) => HeadwiseError): string {
    const length = this.u64(`the length of ${what}`);
    if (tooLong && length > maxBytes) throw tooLong(length);
    const remaining = this.#fileSize - this.position;
    if (length > remaining) {
      throw ggufError('header-past-end', `${what} has ${length} bytes, the file has ${remaining} more`);
    }
    const { at } = this.advance(Number(length), what);
    try {
      return this.#decoder.decode(this.#bytes.subarray(at, this.position));
    } catch {
      throw ggufError('not-utf8', `${what} is not valid UTF-8`);
    }
  }

  /** Minimum size of a string in bytes: its length field. */
  static readonly minStringBytes = LENGTH_BYTES;
}
