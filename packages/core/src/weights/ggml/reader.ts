import type { ByteSource } from '../../platform/bytes.ts';
import { ggmlError } from './rules.ts';

/** Bytes that are read at a time. */
const BLOCK_BYTES = 64 * 1024;

/** Reads the values of a file one after another, with bounds checks. */
export class GgmlReader {
  /** Offset of the next byte. */
  position = 0;
  readonly #source: ByteSource;
  #block: Uint8Array = new Uint8Array(0);
  /** Offset of the block. */
  #start = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#source.size;
  }

  /** The next `count` bytes. `what` names them in errors. */
  async bytes(count: number, what: string): Promise<Uint8Array> {
    const from = this.position;
    this.skip(count, what);
    if (from < this.#start || this.position > this.#start + this.#block.length) {
      this.#block = await this.#source.read(from, Math.min(this.size, from + Math.max(count, BLOCK_BYTES)));
      this.#start = from;
    }
    return this.#block.subarray(from - this.#start, this.position - this.#start);
  }

  /** Passes over `count` bytes. Throws `FormatError` if the file does not have them. */
  skip(count: number, what: string): void {
    const end = this.position + count;
    if (end > this.size) {
      throw ggmlError(
        'past-end',
        `${what} ends at byte ${end}, the file has ${this.size}: it may be truncated`,
      );
    }
    this.position = end;
  }

  /** The next whole numbers of 32 bits. */
  async integers(count: number, what: string): Promise<number[]> {
    const bytes = await this.bytes(4 * count, what);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
  }
}
