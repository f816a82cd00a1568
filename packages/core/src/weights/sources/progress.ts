/** Loading progress of one file. */
export interface FileProgress {
  readonly name: string;
  /** Bytes received so far; never decreases. */
  readonly loaded: number;
  /** Size in bytes; undefined while unknown. */
  readonly total: number | undefined;
  /** Whether the file was in the cache, on disk or in memory and was not downloaded. */
  readonly cached: boolean;
  /** The error message if the cache failed; the file is then loaded without it. */
  readonly cacheError?: string;
}

/** Loading progress of a model over all its files. */
export interface ProgressEvent {
  /** The file whose progress changed. */
  readonly file: string;
  /** Bytes of all files received so far; never decreases. */
  readonly loaded: number;
  /**
   * Total size in bytes of the files requested so far; undefined while one of their sizes is unknown, and while `loaded / total` would be
   * less than in an earlier event, because more files were found to be needed. The fraction never decreases.
   */
  readonly total: number | undefined;
  readonly files: readonly FileProgress[];
  /** True only in the last event. */
  readonly done: boolean;
}

type Listener = (event: ProgressEvent) => void;
type State = { -readonly [Key in keyof FileProgress]: FileProgress[Key] };

/** Receives the progress of one file. */
export interface FileReporter {
  /** Sets the size in bytes that the server announces, if any. */
  total(bytes: number | undefined): void;
  /** Sets the number of bytes received. After a restart, lower numbers than before are ignored. */
  loaded(bytes: number): void;
  /** Records why the file cannot be cached. */
  cacheFailed(error: unknown): void;
  /** Marks the file of `size` bytes as complete. */
  complete(size: number, cached: boolean): void;
}

/** Combines the progress of several files into one stream of events. */
export class ProgressTracker {
  readonly #listener: Listener | undefined;
  readonly #files = new Map<string, State>();
  #lastFile = '';
  /** The largest `loaded / total` that was sent. */
  #fraction = 0;
  #finished = false;

  constructor(listener?: Listener) {
    this.#listener = listener;
  }

  /** Registers files in advance, so that `total` stays undefined until their sizes are known. */
  expect(names: Iterable<string>): void {
    for (const name of names) this.#state(name);
  }

  /** The reporter of a file. */
  file(name: string): FileReporter {
    const state = this.#state(name);
    const changed = () => this.#emit(name, false);
    return {
      total(bytes) {
        // Unknown if the file became shorter during the download.
        state.total = bytes !== undefined && bytes < state.loaded ? undefined : bytes;
        changed();
      },
      loaded(bytes) {
        if (bytes <= state.loaded) return;
        state.loaded = bytes;
        // More bytes than announced: Content-Length was the size of the compressed body.
        if (state.total !== undefined && bytes > state.total) state.total = undefined;
        changed();
      },
      cacheFailed(error) {
        state.cacheError = error instanceof Error ? error.message : String(error);
      },
      complete(size, cached) {
        state.loaded = Math.max(state.loaded, size);
        state.total = state.loaded;
        state.cached = cached;
        changed();
      },
    };
  }

  /** Removes a file that could not be opened, unless bytes of it were counted. */
  forget(name: string): void {
    if (this.#files.get(name)?.loaded === 0) this.#files.delete(name);
  }

  #forgetUnread(name: string): void {
    if (this.#files.get(name)?.total === undefined) this.forget(name);
  }

  /** Sends the last event, with `done`. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    // Expected, but not needed.
    for (const name of [...this.#files.keys()]) this.#forgetUnread(name);
    this.#emit(this.#lastFile, true);
  }

  #state(name: string): State {
    let state = this.#files.get(name);
    if (!state) {
      state = { name, loaded: 0, total: undefined, cached: false };
      this.#files.set(name, state);
    }
    return state;
  }

  #emit(file: string, done: boolean): void {
    this.#lastFile = file;
    if (!this.#listener || (this.#finished && !done)) return;
    const files = [...this.#files.values()].map((state) => ({ ...state }));
    const loaded = files.reduce((sum, state) => sum + state.loaded, 0);
    const known = files.every((state) => state.total !== undefined);
    const sum = files.reduce((sum, state) => sum + (state.total ?? 0), 0);
    const fraction = sum === 0 ? 0 : loaded / sum;
    const total = known && (done || fraction >= this.#fraction) ? sum : undefined;
    if (total !== undefined) this.#fraction = Math.max(fraction, this.#fraction);
    this.#listener({ file, loaded, total, files, done });
  }
}
