import { type ByteSource, concatChunks } from './bytes.ts';

/** Bytes of a file that one digest covers. WebCrypto hashes no streams, so that files are hashed in parts. */
export const DIGEST_BYTES = 4 * 2 ** 20;

/** Parts that are read and hashed at a time. */
const CONCURRENCY = 4;

/** SHA-256 in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Computes the digests of a stream, one for each {@link DIGEST_BYTES} bytes and one for the rest. */
export class StreamDigests {
  readonly #digests: Promise<string>[] = [];
  #parts: Uint8Array[] = [];
  #filled = 0;

  /** Appends a chunk. Waits when hashing is slower than the stream, so that memory is bounded. */
  async add(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.byteLength; ) {
      const part = chunk.subarray(offset, offset + DIGEST_BYTES - this.#filled);
      this.#parts.push(part);
      this.#filled += part.byteLength;
      offset += part.byteLength;
      if (this.#filled === DIGEST_BYTES) this.#close();
    }
    await this.#digests.at(-1 - CONCURRENCY);
  }

  /** The digests of the whole stream. */
  finish(): Promise<string[]> {
    if (this.#filled > 0) this.#close();
    return Promise.all(this.#digests);
  }

  #close(): void {
    this.#digests.push(sha256(concatChunks(this.#parts, this.#filled)));
    this.#parts = [];
    this.#filled = 0;
  }
}

/** Whether the bytes of `source` have these digests (see {@link StreamDigests}). Reads until the first difference. */
export async function hasDigests(source: ByteSource, digests: readonly string[]): Promise<boolean> {
  if (digests.length !== Math.ceil(source.size / DIGEST_BYTES)) return false;
  let next = 0;
  let isSame = true;
  const check = async () => {
    while (isSame && next < digests.length) {
      const index = next++;
      const from = index * DIGEST_BYTES;
      const bytes = await source.read(from, Math.min(from + DIGEST_BYTES, source.size));
      // Of memory that this thread owns alone: sources read into new arrays.
      if ((await sha256(bytes as Uint8Array<ArrayBuffer>)) !== digests[index]) isSame = false;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, check));
  return isSame;
}
