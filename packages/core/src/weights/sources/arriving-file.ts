import { type ByteSource, checkRange, concatChunks } from '../../platform/bytes.ts';
import { changedError } from './remote-errors.ts';
import type { RemoteFile } from './request.ts';
import type { Transfer, TransferOptions } from './transfer.ts';

export interface ArrivingFileOptions {
  readonly file: RemoteFile;
  /** Started. */
  readonly transfer: Transfer;
  /** Stores the file, of which `chunks` are all bytes. */
  download(chunks: AsyncIterable<Uint8Array>): Promise<ByteSource>;
  /** Downloads the file anew, after `onClose`. */
  reopen(): Promise<ByteSource>;
  /** Called when the connection is given up. */
  onClose(): void;
  /** How requests are sent. */
  readonly requests: TransferOptions;
}

/** What a file that is arriving consists of, for who receives it in another order. */
export interface ArrivingParts extends ArrivingFileOptions {
  /** Receives at least `to` bytes of the file, and returns all that were received. */
  head(to: number): Promise<Uint8Array>;
  /** What follows on what `head` has received. */
  readonly incoming: AsyncGenerator<Uint8Array, void>;
  /** Lets `source` be the whole file. */
  become(source: ByteSource): void;
}

/** A file whose download has begun. */
export interface ArrivingFile extends ByteSource {
  /** The parts, for who receives the file in another order; undefined if the rest was asked for already. The connection is then held. */
  take(): ArrivingParts | undefined;
}

/** How long a connection is kept for the rest of a file: browsers open six to a server, and other loaders may wait for the file. */
const HOLD_MS = 5_000;

/** Calls `action` when a connection was kept for too long. Does not keep Node running. */
export function afterHold(action: () => void): ReturnType<typeof setTimeout> {
  const timer = setTimeout(action, HOLD_MS);
  (timer as { unref?(): void }).unref?.();
  return timer;
}

/**
 * A file whose download has begun. Its beginning, such as a header, is received as it is read; the rest waits for `whole`. If the download must start
 * again, the file must still begin with the bytes that were read.
 */
export function arrivingFile(options: ArrivingFileOptions): ArrivingFile {
  const { file, transfer, requests, download, reopen, onClose } = options;
  const { signal } = requests;
  const announced = transfer.size ?? Infinity;
  const incoming = transfer.chunks();
  let received = new Uint8Array();
  let hasEnded = false;
  let isPaused = false;
  let whole: Promise<ByteSource> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function receive(to: number): Promise<void> {
    const parts: Uint8Array[] = [received];
    let size = received.byteLength;
    while (size < to && !hasEnded) {
      const { done, value } = await incoming.next();
      hasEnded = done === true;
      if (value) parts.push(value);
      size += value?.byteLength ?? 0;
    }
    if (parts.length > 1) received = concatChunks(parts, size);
  }

  /** The beginning of the file, of at least `to` bytes. */
  async function head(to: number): Promise<Uint8Array> {
    if (to > received.byteLength) {
      last = last.then(() => receive(to));
      await last;
    }
    return received;
  }

  async function* all(): AsyncGenerator<Uint8Array, void> {
    yield received;
    yield* incoming;
  }

  async function complete(): Promise<ByteSource> {
    await last;
    clearTimeout(timer);
    signal?.removeEventListener('abort', close);
    const source = await (isPaused ? reopen() : download(all()));
    const start = source.size < received.byteLength ? undefined : await source.read(0, received.byteLength);
    if (!start?.every((byte, i) => byte === received[i])) throw changedError(file);
    received = new Uint8Array();
    return source;
  }

  function startWhole(): Promise<ByteSource> {
    whole ??= complete().catch((error) => {
      // It may be asked for again.
      whole = undefined;
      isPaused = true;
      throw error;
    });
    return whole;
  }

  function close(): void {
    if (whole || isPaused) return;
    onClose();
    if (hasEnded) return;
    isPaused = true;
    incoming.return().catch(() => undefined);
    void transfer.cancel();
  }
  signal?.addEventListener('abort', close, { once: true });
  const timer = afterHold(close);

  return {
    get size() {
      return hasEnded ? received.byteLength : announced;
    },

    async read(from, to) {
      if (whole) return (await whole).read(from, to);
      checkRange(from, to, this.size);
      try {
        return (await head(to)).subarray(from, to);
      } catch (error) {
        if (!transfer.needsRestart) throw error;
        last = Promise.resolve();
        close();
        return (await startWhole()).read(from, to);
      }
    },

    whole: startWhole,
    pause: close,

    take() {
      if (whole || isPaused || hasEnded) return undefined;
      clearTimeout(timer);
      const become = (other: ByteSource) => {
        whole = Promise.resolve(other);
        signal?.removeEventListener('abort', close);
      };
      return { ...options, head, incoming, become };
    },
  };
}
