import { LoadError } from '../errors.ts';

/**
 * Random access to the bytes of a file, a blob or memory. Large checkpoints are read tensor by tensor, never into memory
 * as a whole.
 */
export interface ByteSource {
  /** Size in bytes. Infinite while a file arrives of which the server does not say it: reads may then be shorter at its end. */
  readonly size: number;
  /**
   * Reads the bytes `from` (inclusive) to `to` (exclusive). The result may be a view of shared memory and must not be
   * modified; if it spans its whole buffer, it belongs to the caller, who may transfer it.
   *
   * Rejects with `LoadError` if the range does not lie within `0 … size`.
   */
  read(from: number, to: number): Promise<Uint8Array>;
  /** Of a file that is arriving, whose beginning can be read: downloads the rest and returns the source of the whole file. */
  whole?(): Promise<ByteSource>;
  /** Of a file that is arriving: gives up the connection until the rest is asked for. */
  pause?(): void;
}

/** The source of a whole file, which is downloaded if it is arriving. */
export async function wholeSource(source: ByteSource): Promise<ByteSource> {
  return source.whole?.() ?? source;
}

/** A source of bytes in memory. Reads return views, not copies. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    async read(from, to) {
      checkRange(from, to, bytes.byteLength);
      return bytes.subarray(from, to);
    },
  };
}

/** A source of a `Blob`'s bytes, which browsers may store on disk. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(from, to) {
      checkRange(from, to, blob.size);
      return new Uint8Array(await blob.slice(from, to).arrayBuffer());
    },
  };
}

/** Throws `LoadError` unless `from … to` is a range of integers within `0 … size`. */
export function checkRange(from: number, to: number, size: number): void {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from || to > size) {
    throw new LoadError('incomplete', `read: bytes ${from} to ${to} do not lie within 0 to ${size}`);
  }
}

/** Concatenates chunks of `size` bytes in total. */
export function concatChunks(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
