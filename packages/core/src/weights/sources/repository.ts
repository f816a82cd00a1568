import { ConfigError, FormatError } from '../../errors.ts';
import { parseJson } from '../../limits.ts';
import { type ByteSource, wholeSource } from '../../platform/bytes.ts';
import { checkFileSize } from './file-limits.ts';
import { type FileReporter, ProgressTracker } from './progress.ts';
import { checkNotHtml } from './request.ts';

/** Access to the files of one source: a directory, a server or memory. */
export interface FileStore {
  /** Name of the source in error messages. */
  readonly location: string;
  /** Names of all files; undefined if the source cannot list them. */
  list(): Promise<readonly string[] | undefined>;
  has(name: string, signal: AbortSignal | undefined): Promise<boolean>;
  /** Opens a file; with `isPart` as soon as its beginning can be read. */
  open(
    name: string,
    reporter: FileReporter,
    signal: AbortSignal | undefined,
    isPart?: boolean,
  ): Promise<ByteSource>;
  /** Asks for files at once, of which the first decides whether the server is in reach. Failures are those of `has` and `open`. */
  prefetch?(names: readonly string[], signal: AbortSignal | undefined): void;
  /** Gives up files that were asked for and neither opened nor found missing. */
  close?(): void;
}

/**
 * The files of one model. Files are fetched on demand, each at most once.
 *
 * The signal aborts fetching. It has no effect on files that are already open: tensors can still be read from them.
 */
export class RepositoryFiles {
  readonly #store: FileStore;
  readonly #progress: ProgressTracker;
  readonly #signal: AbortSignal | undefined;
  readonly #open = new Map<string, Promise<ByteSource>>();

  constructor(store: FileStore, progress: ProgressTracker = new ProgressTracker(), signal?: AbortSignal) {
    this.#store = store;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** The directory, URL or hub id, for error messages. */
  get location(): string {
    return this.#store.location;
  }

  /** Names of the files that were opened. */
  get opened(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Names of all files; undefined for URLs and hub ids, which cannot be listed. */
  async list(): Promise<readonly string[] | undefined> {
    this.#signal?.throwIfAborted();
    return this.#store.list();
  }

  /**
   * Whether the file exists. Does not download it. If the server cannot be reached and there is a cache, only cached files
   * exist, so that a model that was loaded before also loads offline.
   */
  async has(name: string): Promise<boolean> {
    this.#signal?.throwIfAborted();
    checkFileName(name);
    return this.#store.has(name, this.#signal);
  }

  /** Throws `ConfigError` for a name that leads outside the repository. */
  checkName(name: string): void {
    checkFileName(name);
  }

  /** Requests files that will be needed, all at once. Those that do not exist, or fail, are reported when they are used. */
  prefetch(names: readonly string[]): void {
    for (const name of names) checkFileName(name);
    if (!this.#signal?.aborted) this.#store.prefetch?.(names, this.#signal);
  }

  /** Opens a file for random access. A file on a server is downloaded completely first. Rejects with `LoadError`. */
  async open(name: string): Promise<ByteSource> {
    return wholeSource(await this.#opened(name, false));
  }

  /**
   * Opens a file whose header is read first. Of a file on a server only as much is downloaded as is read, until `whole` of the source is called, which
   * `wholeSource` does. Rejects with `LoadError`.
   */
  openHeader(name: string): Promise<ByteSource> {
    return this.#opened(name, true);
  }

  async #opened(name: string, isPart: boolean): Promise<ByteSource> {
    this.#signal?.throwIfAborted();
    checkFileName(name);
    const known = this.#open.get(name);
    if (known) return known;
    const opening = this.#openChecked(name, isPart);
    this.#open.set(name, opening);
    // A failed file can be opened again.
    opening.catch(() => {
      this.#open.delete(name);
      this.#progress.forget(name);
    });
    return opening;
  }

  /** Opens a file. Rejects with `FormatError` for a pointer of Git LFS or an HTML page in its place, and for a text that is too large. */
  async #openChecked(name: string, isPart: boolean): Promise<ByteSource> {
    const source = await this.#store.open(name, this.#progress.file(name), this.#signal, isPart);
    if (!source.whole) checkFileSize(name, this.location, source.size);
    const start = new TextDecoder().decode(await source.read(0, Math.min(64, source.size)));
    if (start.startsWith('version https://git-lfs.github.com/spec/')) {
      throw new FormatError(
        'git-lfs-pointer',
        `${name} in ${this.location} is a pointer of Git LFS instead of the file; "git lfs pull" in the clone replaces it (git-lfs-pointer)`,
      );
    }
    checkNotHtml(name, this.location, start);
    return source;
  }

  /** The content of a file. */
  async bytes(name: string): Promise<Uint8Array> {
    const source = await this.open(name);
    return source.read(0, source.size);
  }

  /** The content of a file as text. Rejects with `FormatError` if it is not valid UTF-8. */
  async text(name: string): Promise<string> {
    const bytes = await this.bytes(name);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      throw new FormatError('not-utf8', `${name} in ${this.location} is not valid UTF-8 (not-utf8)`, {
        cause: error,
      });
    }
  }

  /** The content of a file as parsed JSON. Rejects with `FormatError` if it is not valid JSON. */
  async json(name: string): Promise<unknown> {
    return parseJson(await this.text(name), `${name} in ${this.location}`);
  }

  /** The same as {@link json}; undefined if the file does not exist. */
  async optionalJson(name: string): Promise<unknown> {
    return (await this.has(name)) ? this.json(name) : undefined;
  }

  /** Registers files that will be opened, so that the `total` of progress events is undefined until their sizes are known. */
  expect(names: Iterable<string>): void {
    this.#progress.expect(names);
  }

  /** Sends the last progress event, with `done`. Call it when all files are loaded. */
  finish(): void {
    this.#store.close?.();
    this.#progress.finish();
  }
}

/**
 * Throws `ConfigError` for a name that leads outside the repository. Names are untrusted: some are read from files, such as
 * the index of a sharded checkpoint.
 */
export function checkFileName(name: string): void {
  const parts = name.split('/');
  const invalid =
    /[\\:\p{Control}]/u.test(name) || parts.some((part) => part === '' || part === '.' || part === '..');
  if (invalid) throw new ConfigError(`${JSON.stringify(name)} is not a valid file name within a repository`);
}
