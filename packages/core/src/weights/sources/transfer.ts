import { platform } from '#platform';
import { HeadwiseError, LoadError } from '../../errors.ts';
import { type FileVersion, isSameVersion } from '../../platform/cache.ts';
import { checkFileSize } from './file-limits.ts';
import type { FileReporter } from './progress.ts';
import {
  addressOf,
  bodyChunks,
  ConnectionLost,
  checkNotHtml,
  contentLength,
  discardBody,
  errorDetails,
  isCompressed,
  isRetryable,
  networkError,
  type RemoteFile,
  type RequestOptions,
  type RequestStart,
  request,
  timeoutError,
  versionOf,
} from './request.ts';
import { Retries, type RetryOptions } from './retries.ts';

export interface TransferOptions extends RequestOptions, RetryOptions {}

/** The download cannot be resumed and must start again. */
class RestartRequired extends Error {}

/** The longest wait for the answer whether a cached file is current. Without an answer it counts as current. */
const REVALIDATION_TIMEOUT = 5000;

/** The limit of silence when a cached answer would do, with the limit `timeout` of others. */
export const revalidationTimeout = (timeout: number) => Math.min(timeout, REVALIDATION_TIMEOUT);

/**
 * The download of one file. After a lost connection it is resumed with a range request if a strong ETag shows that the file
 * is unchanged; otherwise it starts again. `maxTries` limits the number of failures.
 */
export class Transfer {
  readonly #file: RemoteFile;
  readonly #options: TransferOptions;
  /** Receives the progress from the start on. */
  reporter: FileReporter | undefined;
  readonly #retries: Retries;
  #response: Response | undefined;
  #asked: Promise<Response> | undefined;
  #failure: unknown;

  constructor(file: RemoteFile, options: TransferOptions) {
    this.#file = file;
    this.#options = options;
    this.#retries = new Retries(options);
  }

  /** Size of the file in bytes, if the server announces it. */
  get size(): number | undefined {
    return this.#response && contentLength(this.#response);
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

  /**
   * Sends the request of the next start, which then waits for its answer and for nothing else. `known` is the version that `startIfChanged` will be
   * called with.
   */
  ask(known?: FileVersion, timeout = this.#options.timeout): Promise<Response> {
    this.#asked = request(
      this.#file,
      this.#options,
      known ? conditional(this.#file, known, timeout) : { timeout },
    );
    // The failure is that of the start.
    this.#asked.catch(() => undefined);
    return this.#asked;
  }

  /** The answer of the request that {@link ask} sent, for one start. */
  #takeAsked(): Promise<Response> | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked;
  }

  /** Requests the file from its beginning, with retries. */
  async start(): Promise<void> {
    this.#failure = undefined;
    await this.#discard();
    for (;;) {
      try {
        const response = await (this.#takeAsked() ?? request(this.#file, this.#options));
        this.#accept(response);
        return;
      } catch (error) {
        await this.#retries.backOff(error);
      }
    }
  }

  /** Requests the file once, unless it is still the version `known`. Returns whether it changed and the transfer started. */
  async startIfChanged(known: FileVersion): Promise<boolean> {
    const timeout = revalidationTimeout(this.#options.timeout);
    const response = await (this.#takeAsked() ??
      request(this.#file, this.#options, conditional(this.#file, known, timeout)));
    // If conditional headers could not be sent, the validators of the response are compared instead.
    if (response.status === 304 || isSameVersion(known, versionOf(response))) {
      await discardBody(response);
      return false;
    }
    this.#accept(response);
    return true;
  }

  #accept(response: Response): void {
    this.#response = response;
    this.reporter?.total(contentLength(response));
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

  /** Releases the connection, also of a request that was sent ahead. */
  async cancel(): Promise<void> {
    void this.#takeAsked()?.then(discardBody, () => undefined);
    await this.#discard();
  }

  async #discard(): Promise<void> {
    const response = this.#response;
    this.#response = undefined;
    if (response && !response.bodyUsed) await discardBody(response);
  }

  async *#readResumable(): AsyncGenerator<Uint8Array, void> {
    const first = this.#response;
    if (!first) throw new HeadwiseError('ERR_INTERNAL', 'Transfer: chunks() before start()');
    const total = contentLength(first);
    const { name } = this.#file;
    const address = addressOf(this.#file);
    checkFileSize(name, address, total ?? 0);
    let response = first;
    let loaded = 0;
    /** The first characters: they may come one by one. */
    let start = '';
    const decoder = new TextDecoder();
    /** Bytes to skip of a response that repeats the file from its beginning. */
    let skip = 0;
    const onTimeout = () => timeoutError(this.#file, this.#options.timeout, ` after ${loaded} bytes`);
    for (;;) {
      let failure: unknown;
      try {
        for await (const chunk of bodyChunks(response, this.#options, onTimeout)) {
          this.#retries.onProgress();
          const newBytes = chunk.subarray(Math.min(skip, chunk.byteLength));
          skip -= chunk.byteLength - newBytes.byteLength;
          loaded += newBytes.byteLength;
          this.#checkNotTooLong(response, loaded, total);
          checkFileSize(name, address, loaded);
          if (start.length < 64) {
            start += decoder.decode(newBytes.subarray(0, 64), { stream: true });
            checkNotHtml(name, address, start);
          }
          this.reporter?.loaded(loaded);
          if (newBytes.byteLength > 0) yield newBytes;
        }
        if (total === undefined || loaded >= total) return;
        failure = this.#incompleteError(`sent only ${loaded} of ${total} bytes`);
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        if (error instanceof LoadError && error.reason === 'timeout') failure = error;
        else if (!(error instanceof ConnectionLost)) throw error;
        const received = total === undefined ? `${loaded} bytes` : `${loaded} of ${total} bytes`;
        failure ??= networkError(
          this.#file,
          `closed the connection after ${received}`,
          (error as Error).cause,
        );
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
        const response = await request(this.#file, this.#options, { headers });
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
      `${this.#file.name}: ${addressOf(this.#file)} sent more than its Content-Length of ${total} bytes`,
      errorDetails(this.#file),
    );
  }

  #incompleteError(what: string): LoadError {
    return new LoadError(
      'incomplete',
      `${this.#file.name}: ${addressOf(this.#file)} ${what}`,
      errorDetails(this.#file),
    );
  }
}

/** A request for a file unless it is the version `known`. */
function conditional(file: RemoteFile, known: FileVersion, timeout: number): RequestStart {
  const headers: Record<string, string> = {};
  if (platform.mayAddHeaders(file.url)) {
    if (known.etag !== undefined) headers['if-none-match'] = known.etag;
    else if (known.lastModified !== undefined) headers['if-modified-since'] = known.lastModified;
  }
  return { headers, timeout };
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
