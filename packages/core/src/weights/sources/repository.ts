import { ConfigError, FormatError } from '../../errors.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import { type FileReporter, ProgressTracker } from './progress.ts';

/** A place that files come from. */
export interface FileStore {
  /** What errors call it. */
  readonly location: string;
  /** Names of all files, where a place can tell. */
  list(): Promise<readonly string[] | undefined>;
  has(name: string, signal: AbortSignal | undefined): Promise<boolean>;
  open(name: string, reporter: FileReporter, signal: AbortSignal | undefined): Promise<ByteSource>;
}

/**
 * The files of one model, wherever they are. Files are fetched when they are asked for, each at most once.
 *
 * The signal ends fetching. It does not reach into sources that are already open: tensors may be read from them for as
 * long as the model lives.
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

  /** The directory, URL or hub id, for messages. */
  get location(): string {
    return this.#store.location;
  }

  /** Names of all files; undefined for a URL and a hub id, which cannot be listed. */
  async list(): Promise<readonly string[] | undefined> {
    this.#signal?.throwIfAborted();
    return this.#store.list();
  }

  /**
   * Whether the file can be had. Of a server this asks without downloading the file. If the server cannot be reached and
   * there is a cache, what is in the cache decides, so that a model that was loaded once also loads offline.
   */
  async has(name: string): Promise<boolean> {
    this.#signal?.throwIfAborted();
    checkFileName(name);
    return this.#store.has(name, this.#signal);
  }

  /** The file for random access; downloaded first as a whole if it comes from a server. Throws `LoadError`. */
  async open(name: string): Promise<ByteSource> {
    this.#signal?.throwIfAborted();
    checkFileName(name);
    const known = this.#open.get(name);
    if (known) return known;
    const opening = this.#store.open(name, this.#progress.file(name), this.#signal);
    this.#open.set(name, opening);
    // What failed may be tried again.
    opening.catch(() => {
      this.#open.delete(name);
      this.#progress.forget(name);
    });
    return opening;
  }

  /** The whole file in memory. */
  async bytes(name: string): Promise<Uint8Array> {
    const source = await this.open(name);
    return source.read(0, source.size);
  }

  /** The file as text. Throws `FormatError` if it is not UTF-8. */
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

  /** The file as parsed JSON. Throws `FormatError` if it is none. */
  async json(name: string): Promise<unknown> {
    const text = await this.text(name);
    try {
      return JSON.parse(text);
    } catch (error) {
      const why = (error as Error).message;
      throw new FormatError('not-json', `${name} in ${this.location} is not valid JSON: ${why} (not-json)`, {
        cause: error,
      });
    }
  }

  /** Announces files that will be asked for, so that progress has no total before all their sizes are known. */
  expect(names: Iterable<string>): void {
    this.#progress.expect(names);
  }

  /** To be called when all files are loaded: sends the last progress event, the one with `done`. */
  finish(): void {
    this.#progress.finish();
  }
}

/**
 * Throws a `ConfigError` for a name that could lead out of the repository. Names also come from files, such as the
 * index of a sharded checkpoint, so they are not to be trusted.
 */
export function checkFileName(name: string): void {
  const parts = name.split('/');
  const bad =
    /[\\:\p{Control}]/u.test(name) || parts.some((part) => part === '' || part === '.' || part === '..');
  if (bad) throw new ConfigError(`${JSON.stringify(name)} is no file name within a repository`);
}
