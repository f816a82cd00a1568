import { platform } from '#platform';
import { LoadError } from '../errors.ts';
import { type ByteSource, checkRange, concatChunks } from '../platform/bytes.ts';
import type { ArrivingFile } from '../weights/sources/arriving-file.ts';
import { changedError } from '../weights/sources/remote-errors.ts';
import {
  addressOf,
  bodyChunks,
  ConnectionLost,
  discardBody,
  errorDetails,
  isCompressed,
  networkError,
  type RemoteFile,
  request,
  timeoutError,
  versionOf,
} from '../weights/sources/request.ts';
import { Retries } from '../weights/sources/retries.ts';
import type { TransferOptions } from '../weights/sources/transfer.ts';

/** A file that arrives in two parts. */
export interface DividedSource extends ByteSource {
  /** Requests some bytes. Rejects with `LoadError`; undefined if the server no longer answers such requests. */
  request(from: number, to: number): Promise<Uint8Array | undefined>;
  /** The file, once all of it is there. */
  readonly complete: Promise<ByteSource>;
}

/** The server answered with the whole file. */
class NoRanges extends Error {}

/**
 * Lets the bytes from `to` on of a file that is arriving come by a second request, before the bytes `from` to `to`, for which the first request waits
 * meanwhile. Once all are there they are stored as every download is. Undefined if the server does not answer requests for parts of a file, or sends no
 * strong ETag: all parts must be of one version.
 */
export async function divideFile(
  source: ByteSource,
  from: number,
  to: number,
): Promise<DividedSource | undefined> {
  const parts = 'take' in source ? (source as ArrivingFile).take() : undefined;
  if (!parts) return undefined;
  const { file, transfer, requests, head, incoming, download, onClose, become } = parts;
  const { size = Infinity } = transfer;
  const { etag } = transfer.version;
  if (etag === undefined || etag.startsWith('W/') || size === Infinity) return undefined;
  const arriving = rangeOf(file, requests, etag, to, size);
  const rest = new Uint8Array(size - to);
  let restSize = 0;
  const add = ({ value }: IteratorResult<Uint8Array, void>) => {
    if (value) rest.set(value, restSize);
    restSize += value?.byteLength ?? 0;
  };
  try {
    add(await arriving.next());
  } catch (error) {
    if (error instanceof NoRanges) return undefined;
    throw error;
  }

  let last: Promise<unknown> = Promise.resolve();
  /** Receives the bytes up to `end`. Reads are one after another. */
  function receive(end: number): Promise<unknown> {
    last = last.then(async () => {
      while (restSize < end - to) {
        add(await arriving.next());
        transfer.reporter?.loaded(received + restSize);
      }
    });
    return last;
  }

  /** Bytes of the first request. */
  let received = (await head(0)).byteLength;

  async function* all(): AsyncGenerator<Uint8Array, void> {
    const start = await head(from);
    received = Math.min(start.byteLength, to);
    yield start.subarray(0, received);
    while (received < to) {
      const { value, done } = await incoming.next();
      if (done) break;
      const part = value.subarray(0, to - received);
      received += part.byteLength;
      transfer.reporter?.loaded(received + restSize);
      yield part;
    }
    // Ends the first request, of which nothing more is needed.
    await incoming.return();
    yield rest;
  }

  async function finish(): Promise<ByteSource> {
    try {
      await receive(size);
      const source = await download(all());
      // The download started again, with another version.
      if (transfer.version.etag !== etag || source.size !== size) throw changedError(file);
      return source;
    } catch (error) {
      throw transfer.needsRestart || error instanceof NoRanges ? changedError(file) : error;
    } finally {
      onClose();
      void transfer.cancel();
    }
  }

  let whole: ByteSource | undefined;
  const complete = finish();
  complete.then(
    (source) => {
      whole = source;
    },
    () => undefined,
  );

  const divided: DividedSource = {
    size,
    complete,
    async read(begin, end) {
      checkRange(begin, end, size);
      if (whole) return whole.read(begin, end);
      try {
        if (end <= from) return (await head(end)).subarray(begin, end);
        if (begin < to) return await (await complete).read(begin, end);
        await receive(end);
        return rest.subarray(begin - to, end - to);
      } catch (error) {
        throw transfer.needsRestart || error instanceof NoRanges ? changedError(file) : error;
      }
    },
    async request(begin, end) {
      const parts: Uint8Array[] = [];
      try {
        for await (const part of rangeOf(file, requests, etag, begin, end)) parts.push(part);
      } catch (error) {
        if (error instanceof NoRanges) return undefined;
        throw error;
      }
      return concatChunks(parts, end - begin);
    },
  };
  become(divided);
  return divided;
}

/** The bytes `from` to `to` of the version `etag` of a file. What a lost connection did not bring is requested again. */
async function* rangeOf(
  file: RemoteFile,
  options: TransferOptions,
  etag: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array, void> {
  const retries = new Retries(options);
  const onTimeout = () => timeoutError(file, options.timeout);
  for (let at = from; at < to; ) {
    try {
      const response = await requestRange(file, options, etag, at, to);
      for await (const chunk of bodyChunks(response, options, onTimeout)) {
        retries.onProgress();
        const part = chunk.subarray(0, to - at);
        at += part.byteLength;
        yield part;
      }
      if (at < to) {
        const message = `${file.name}: ${addressOf(file)} sent only ${at - from} of the bytes ${from} to ${to}`;
        throw new LoadError('incomplete', message, errorDetails(file));
      }
    } catch (error) {
      const isLost = error instanceof ConnectionLost;
      await retries.backOff(isLost ? networkError(file, 'closed the connection', error.cause) : error);
    }
  }
}

async function requestRange(
  file: RemoteFile,
  options: TransferOptions,
  etag: string,
  from: number,
  to: number,
): Promise<Response> {
  const headers: Record<string, string> = { range: `bytes=${from}-${to - 1}` };
  if (platform.mayAddHeaders(file.url)) headers['if-range'] = etag;
  const response = await request(file, options, { headers });
  const range = response.headers.get('content-range');
  const isSame = versionOf(response).etag === etag;
  // Responses of other origins hide this header unless the server exposes it.
  const fits = range === null ? response.type === 'cors' : range.startsWith(`bytes ${from}-`);
  if (response.status === 206 && isSame && fits && !isCompressed(response)) return response;
  await discardBody(response);
  throw isSame ? new NoRanges() : changedError(file);
}
