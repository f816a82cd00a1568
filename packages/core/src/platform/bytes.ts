import { LoadError } from '../errors.ts';

/**
 * Bytes that can be read from anywhere: a file, a blob, memory. A checkpoint of several gigabytes is read tensor by
 * tensor through this and never lies in memory as a whole.
 */
export interface ByteSource {
  /** Size in bytes. */
  readonly size: number;
  /**
   * The bytes `from` (included) to `to` (excluded): exactly that many. The result may be a view of shared memory, so it
   * must not be written to; only if it fills its whole buffer is it the reader's own, to be given away. Rejects with a
   * `LoadError` if the range does not lie within `0 … size`.
   */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** A source over bytes in memory. Reads are views, not copies. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    async read(from, to) {
      checkRange(from, to, bytes.byteLength);
      return bytes.subarray(from, to);
    },
  };
}

/** A source over a `Blob`, which browsers may keep on disk. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(from, to) {
      checkRange(from, to, blob.size);
      return new Uint8Array(await blob.slice(from, to).arrayBuffer());
    },
  };
}

/** Throws a `LoadError` unless `from … to` is a range of whole bytes within `0 … size`. */
export function checkRange(from: number, to: number, size: number): void {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from || to > size) {
    throw new LoadError('incomplete', `read: bytes ${from} to ${to} do not lie within 0 to ${size}`);
  }
}

/** Joins chunks that are `size` bytes together into one array. */
export function joinChunks(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
