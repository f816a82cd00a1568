import { platform } from '#platform';
import { LoadError } from '../../errors.ts';
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

/** The rest of a file cannot be joined to what has already come: all of it has to be fetched again. */
class RestartRequired extends Error {}

/** The connection ended before the body did. */
class ConnectionLost extends Error {}

/**
 * The download of one file. A connection that is cut is taken up where it ended, by a range request, as long as the
 * server proves by a strong ETag that it still sends the same file; else the download starts again. All failures
 * together are bounded by `maxTries`.
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

  /** The version under way. */
  get version(): FileVersion {
    return this.#response ? versionOf(this.#response) : {};
  }

  /** What ended the last run of {@link chunks}, other than its reader. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether the download has to be started again, and may be. */
  get needsRestart(): boolean {
    return this.#failure instanceof RestartRequired;
  }

  /** Asks for the file from its start, as often as it takes. */
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

  /**
   * Asks once for the file if it is not of the version `known`. False if it still is: then there is nothing to fetch.
   */
  async startIfChanged(known: FileVersion): Promise<boolean> {
    const headers: Record<string, string> = {};
    if (platform.mayAddHeaders(this.#file.url)) {
      if (known.etag !== undefined) headers['if-none-match'] = known.etag;
      else if (known.lastModified !== undefined) headers['if-modified-since'] = known.lastModified;
    }
    const response = await request(this.#file, this.#options, headers);
    // Where the condition could not be sent, the answer's headers tell the same.
    if (response.status === 304 || isSameVersion(known, versionOf(response))) {
      await discardBody(response);
      return false;
    }
    this.#response = response;
    this.#reporter.total(contentLength(response));
    return true;
  }

  /** The whole file, in order. May be read once after each start. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* this.#readResumable();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Lets go of the connection. */
  async cancel(): Promise<void> {
    const response = this.#response;
    this.#response = undefined;
    if (response && !response.bodyUsed) await discardBody(response);
  }

  async *#readResumable(): AsyncGenerator<Uint8Array, void> {
    const first = this.#response;
    if (!first) throw new Error('Transfer: chunks() before start()');
    const total = contentLength(first);
    let response = first;
    let loaded = 0;
    let skip = 0;
    for (;;) {
      let fault: unknown;
      try {
        for await (const chunk of readBody(response)) {
          this.#options.signal?.throwIfAborted();
          const news = chunk.subarray(Math.min(skip, chunk.byteLength));
          skip -= chunk.byteLength - news.byteLength;
          loaded += news.byteLength;
          this.#checkNotTooLong(response, loaded, total);
          this.#reporter.loaded(loaded);
          if (news.byteLength > 0) yield news;
        }
        if (total === undefined || loaded >= total) return;
        fault = this.#incompleteError(`ended after ${loaded} of ${total} bytes`);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        this.#options.signal?.throwIfAborted();
        const came = total === undefined ? `${loaded} bytes` : `${loaded} of ${total} bytes`;
        fault = networkError(this.#file, `broke off after ${came}`, error.cause);
      }
      response = await this.#resume(first, loaded, fault);
      skip = response.status === 206 ? 0 : loaded;
    }
  }

  /** An answer with the rest of the file from `offset` on, or with all of it again if the server knows no ranges. */
  async #resume(first: Response, offset: number, cause: unknown): Promise<Response> {
    const { etag } = versionOf(first);
    for (let reason = cause; ; ) {
      await this.#retries.backOff(reason);
      if (etag === undefined || etag.startsWith('W/') || isCompressed(first)) throw new RestartRequired();
      const headers: Record<string, string> = { range: `bytes=${offset}-` };
      if (platform.mayAddHeaders(this.#file.url)) headers['if-range'] = etag;
      try {
        const response = await request(this.#file, this.#options, headers);
        if (canResumeWith(first, response, offset)) return response;
        await discardBody(response);
        throw new RestartRequired();
      } catch (error) {
        // Such a range may no longer exist: the file has become shorter.
        if (error instanceof LoadError && error.status === 416) throw new RestartRequired();
        if (error instanceof RestartRequired || !isRetryable(error)) throw error;
        reason = error;
      }
    }
  }

  #checkNotTooLong(response: Response, loaded: number, total: number | undefined): void {
    // A cross-origin answer may hide that it was compressed; then its length says nothing.
    if (total === undefined || loaded <= total || response.type === 'cors') return;
    throw new LoadError(
      'incomplete',
      `${this.#file.name}: ${this.#file.url.href} announced ${total} bytes and sent more`,
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

/** Whether `response` carries on with the file of `first` at `offset`, or sends all of that same file again. */
function canResumeWith(first: Response, response: Response, offset: number): boolean {
  if (versionOf(response).etag !== versionOf(first).etag || isCompressed(response)) return false;
  if (response.status !== 206) return response.status === 200;
  const range = response.headers.get('content-range');
  // Cross-origin answers hide this header unless the server exposes it; the ETag alone decides then.
  if (range === null) return response.type === 'cors';
  const [, begin, end, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  const total = contentLength(first);
  if (Number(begin) !== offset) return false;
  return total === undefined || (Number(end) === total - 1 && (size === '*' || Number(size) === total));
}

/** A response's body chunk by chunk; not all browsers let streams be iterated. */
async function* readBody(response: Response): AsyncGenerator<Uint8Array, void> {
  if (!response.body) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new ConnectionLost('The connection was cut', { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Does nothing after the end; before it, whoever read has had enough.
    await reader.cancel().catch(() => undefined);
  }
}
