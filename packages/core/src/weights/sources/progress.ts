/** How far one file is. */
export interface FileProgress {
  readonly name: string;
  /** Bytes that have come so far; never decreases. */
  readonly loaded: number;
  /** Bytes in all, as far as the server says. */
  readonly total: number | undefined;
  /** Whether the file did not have to be downloaded: it was in the cache, on disk or in memory. */
  readonly cached: boolean;
  /** Why the file could not be kept in the cache, if it could not. Loading goes on without. */
  readonly cacheError?: string;
}

/** How far a model is from being loaded, over all of its files. */
export interface ProgressEvent {
  /** The file that the news is about. */
  readonly file: string;
  /** Bytes of all files so far; never decreases. */
  readonly loaded: number;
  /** Bytes of all files asked for so far, once all their sizes are known. */
  readonly total: number | undefined;
  readonly files: readonly FileProgress[];
  /** True once: in the last event. */
  readonly done: boolean;
}

type Listener = (event: ProgressEvent) => void;
type State = { -readonly [Key in keyof FileProgress]: FileProgress[Key] };

/** What a file's reader reports to. */
export interface FileReporter {
  /** The size that the server announces, if it does. */
  total(bytes: number | undefined): void;
  /** Bytes that have come so far. A download that has to start again counts on once it is past where it was. */
  loaded(bytes: number): void;
  /** The file is not cached, and why. */
  cacheFailed(error: unknown): void;
  /** The whole file is there, and `size` bytes long. */
  complete(size: number, cached: boolean): void;
}

/** Adds up the progress of several files into one stream of events. */
export class ProgressTracker {
  readonly #listener: Listener | undefined;
  readonly #files = new Map<string, State>();
  #last = '';
  #finished = false;

  constructor(listener?: Listener) {
    this.#listener = listener;
  }

  /** Announces files, so that no total is given before their sizes are known. */
  expect(names: Iterable<string>): void {
    for (const name of names) this.#state(name);
  }

  file(name: string): FileReporter {
    const state = this.#state(name);
    const changed = () => this.#emit(name, false);
    return {
      total(bytes) {
        // A file that has become shorter while it was downloaded.
        state.total = bytes !== undefined && bytes < state.loaded ? undefined : bytes;
        changed();
      },
      loaded(bytes) {
        if (bytes <= state.loaded) return;
        state.loaded = bytes;
        // More than was announced: the announced size was that of a compressed transfer.
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

  /** A file that turned out not to be there no longer counts. */
  forget(name: string): void {
    if (this.#files.get(name)?.loaded === 0) this.#files.delete(name);
  }

  /** Everything is loaded: sends the last event. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#emit(this.#last, true);
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
    this.#last = file;
    if (!this.#listener || (this.#finished && !done)) return;
    const files = [...this.#files.values()].map((state) => ({ ...state }));
    const loaded = files.reduce((sum, state) => sum + state.loaded, 0);
    const known = files.every((state) => state.total !== undefined);
    const total = known ? files.reduce((sum, state) => sum + (state.total ?? 0), 0) : undefined;
    this.#listener({ file, loaded, total, files, done });
  }
}
