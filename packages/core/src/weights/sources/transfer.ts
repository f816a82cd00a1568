import { platform } from '#platform';
import { HeadwiseError, LoadError } from '../../errors.ts';
import { type FileVersion, isSameVersion } from '../../platform/cache.ts';
import type { FileReporter } from './progress.ts';
import {
  contentLength,
  discardBody,
  errorDetails,
  isCompressed,
  isRetryable,
  networkError,
  type RemoteFile,
  type RequestOptions,
  request,
  versionOf,
} from './request.ts';
import { Retries, type RetryOptions } from './retries.ts';

export interface TransferOptions extends RequestOptions, RetryOptions {}

/** The download cannot be resumed and must start again. */
class RestartRequired extends Error {}

/** The connection was lost before the end of the body. */
class ConnectionLost extends Error {}

/**
 * The download of one file. After a lost connection it is resumed with a range request if a strong ETag shows that the file
 * is unchanged; otherwise it starts again. `maxTries` limits the number of failures.
 */
export class Transfer {
  readonly #file: RemoteFile;
  readonly #options: TransferOptions;
  readonly #reporter: FileReporter;
  readonly #retries: Retries;
  #response: Response | undefined;
  #failure: unknown;

  constructor(file: RemoteFile, options: TransferOptions, reporter: FileReporter) {
    this.#file = file;
    this.#options = options;
    this.#reporter = reporter;
    this.#retries = new Retries(file, options);
  }

  /** The version that is being downloaded. */
  get version(): FileVersion {
    return this.#response ? versionOf(this.#response) : {};
  }

  /** The error that ended the last run of {@link chunks}, if any. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether {@link chunks} failed in a way that allows to start again. */
  get needsRestart(): boolean {
    return this.#failure instanceof RestartRequired;
  }

  /** Requests the file from its beginning, with retries. */
  async start(): Promise<void> {
    this.#failure = undefined;
    await this.cancel();
    for (;;) {
      try {
        this.#response = await request(this.#file, this.#options);
        this.#reporter.total(contentLength(this.#response));
        return;
      } catch (error) {
        await this.#retries.backOff(error);
      }
    }
  }

  /** Requests the file once, unless it is still the version `known`. Returns whether it changed and the transfer started. */
  async startIfChanged(known: FileVersion): Promise<boolean> {
    const headers: Record<string, string> = {};
    if (platform.mayAddHeaders(this.#file.url)) {
      if (known.etag !== undefined) headers['if-none-match'] = known.etag;
      else if (known.lastModified !== undefined) headers['if-modified-since'] = known.lastModified;
    }
    const response = await request(this.#file, this.#options, headers);
    // If conditional headers could not be sent, the validators of the response are compared instead.
    if (response.status === 304 || isSameVersion(known, versionOf(response))) {
      await discardBody(response);
      return false;
    }
    this.#response = response;
    this.#reporter.total(contentLength(response));
    return true;
  }

  /** The bytes of the file in order. May be iterated once after each start. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* this.#readResumable();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Releases the connection. */
  async cancel(): Promise<void> {
    const response = this.#response;
    this.#response = undefined;
    if (response && !response.bodyUsed) await discardBody(response);
  }

  async *#readResumable(): AsyncGenerator<Uint8Array, void> {
    const first = this.#response;
    if (!first) throw new HeadwiseError('ERR_INTERNAL', 'Transfer: chunks() before start()');
    const total = contentLength(first);
    let response = first;
    let loaded = 0;
    /** Bytes to skip of a response that repeats the file from its beginning. */
    let skip = 0;
    for (;;) {
      let failure: unknown;
      try {
        for await (const chunk of readBody(response)) {
          this.#options.signal?.throwIfAborted();
          const newBytes = chunk.subarray(Math.min(skip, chunk.byteLength));
          skip -= chunk.byteLength - newBytes.byteLength;
          loaded += newBytes.byteLength;
          this.#checkNotTooLong(response, loaded, total);
          this.#reporter.loaded(loaded);
          if (newBytes.byteLength > 0) yield newBytes;
        }
        if (total === undefined || loaded >= total) return;
        failure = this.#incompleteError(`sent only ${loaded} of ${total} bytes`);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        this.#options.signal?.throwIfAborted();
        const received = total === undefined ? `${loaded} bytes` : `${loaded} of ${total} bytes`;
        failure = networkError(this.#file, `closed the connection after ${received}`, error.cause);
      }
      response = await this.#resume(first, loaded, failure);
      skip = response.status === 206 ? 0 : loaded;
    }
  }

  /** Requests the rest of the file from `offset`. A server without range support sends the whole file again. */
  async #resume(first: Response, offset: number, cause: unknown): Promise<Response> {
    const { etag } = versionOf(first);
    for (let error = cause; ; ) {
      await this.#retries.backOff(error);
      if (etag === undefined || etag.startsWith('W/') || isCompressed(first)) throw new RestartRequired();
      const headers: Record<string, string> = { range: `bytes=${offset}-` };
      if (platform.mayAddHeaders(this.#file.url)) headers['if-range'] = etag;
      try {
        const response = await request(this.#file, this.#options, headers);
        if (canResumeWith(first, response, offset)) return response;
        await discardBody(response);
        throw new RestartRequired();
      } catch (failure) {
        // The file became shorter than the range.
        if (failure instanceof LoadError && failure.status === 416) throw new RestartRequired();
        if (failure instanceof RestartRequired || !isRetryable(failure)) throw failure;
        error = failure;
      }
    }
  }

  #checkNotTooLong(response: Response, loaded: number, total: number | undefined): void {
    // A cross-origin response may hide its Content-Encoding, so its Content-Length may be the compressed size.
    if (total === undefined || loaded <= total || response.type === 'cors') return;
    throw new LoadError(
      'incomplete',
      `${this.#file.name}: ${this.#file.url.href} sent more than its Content-Length of ${total} bytes`,
      errorDetails(this.#file),
    );
  }

  #incompleteError(what: string): LoadError {
    return new LoadError(
      'incomplete',
      `${this.#file.name}: ${this.#file.url.href} ${what}`,
      errorDetails(this.#file),
    );
  }
}

/** Whether `response` has the same version as `first` and contains either the range from `offset` or the whole file. */
function canResumeWith(first: Response, response: Response, offset: number): boolean {
  if (versionOf(response).etag !== versionOf(first).etag || isCompressed(response)) return false;
  if (response.status !== 206) return response.status === 200;
  const range = response.headers.get('content-range');
  // Cross-origin responses hide this header unless the server exposes it; then only the ETag is compared.
  if (range === null) return response.type === 'cors';
  const [, begin, end, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  const total = contentLength(first);
  if (Number(begin) !== offset) return false;
  return total === undefined || (Number(end) === total - 1 && (size === '*' || Number(size) === total));
}

/** The chunks of a response's body. Not all browsers support async iteration of streams. */
async function* readBody(response: Response): AsyncGenerator<Uint8Array, void> {
  if (!response.body) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new ConnectionLost('The connection was lost', { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Releases the connection if the consumer stopped early; no effect after the end.
    await reader.cancel().catch(() => undefined);
  }
}
