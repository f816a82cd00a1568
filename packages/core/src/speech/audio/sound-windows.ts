import { ConfigError } from '../../errors.ts';
import { SAMPLE_RATE } from '../features/log-mel.ts';

/** A part of a sound that the encoder reads at once. */
export interface SoundWindow {
  /** At 16 kHz. */
  readonly samples: Float32Array;
  /** What the encoder reads, which may be longer. */
  readonly frames: Float32Array;
}

/** How windows are made. */
export interface WindowFormat<Features> {
  /** Most samples of a window. */
  readonly length: number;
  /** Computes features of a sound or a part of it. */
  features(samples: Float32Array): Promise<Features>;
  /** The window that begins with `samples`, at `seconds` of what the features are of; it may be shorter. */
  window(samples: Float32Array, features: Features, seconds: number): SoundWindow;
}

/** A sound whose windows are read one after another. */
export interface SoundWindows {
  /** Seconds of the sound so far; all of them after the last window. */
  readonly duration: number;
  /** The window at `seconds`, which must not decrease; undefined at the end of the sound. */
  windowAt(seconds: number): Promise<SoundWindow | undefined>;
  /** To be called when no more windows are read. */
  close(): Promise<void>;
}

/** Sounds as they are recorded, in pieces of any length at 16 kHz. */
export type AudioStream = AsyncIterable<Float32Array> | ReadableStream<Float32Array>;

/** The windows of a sound that is there as a whole. Its features are computed once, as their least value depends on the largest of the sound. */
export class WholeSound<Features> implements SoundWindows {
  readonly #samples: Float32Array;
  readonly #format: WindowFormat<Features>;
  #features: Features | undefined;

  constructor(samples: Float32Array, format: WindowFormat<Features>) {
    this.#samples = samples;
    this.#format = format;
  }

  get duration(): number {
    return this.#samples.length / SAMPLE_RATE;
  }

  async windowAt(seconds: number): Promise<SoundWindow | undefined> {
    const { length, features, window } = this.#format;
    const from = Math.round(seconds * SAMPLE_RATE);
    if (from >= this.#samples.length) return undefined;
    this.#features ??= await features(this.#samples);
    return window(this.#samples.subarray(from, from + length), this.#features, seconds);
  }

  async close(): Promise<void> {}
}

/** The windows of a sound that is being recorded: each is there when it is full, or when the sound ends. Samples before a window are forgotten. */
export class RecordedSound<Features> implements SoundWindows {
  readonly #task: string;
  readonly #format: WindowFormat<Features>;
  readonly #pieces: AsyncIterator<Float32Array>;
  readonly #signal: AbortSignal | undefined;
  /** The samples that may still be read. */
  #buffer = new Float32Array(SAMPLE_RATE);
  #length = 0;
  /** Samples that were forgotten. */
  #forgotten = 0;
  #hasEnded = false;

  constructor(
    task: string,
    stream: AudioStream,
    format: WindowFormat<Features>,
    signal: AbortSignal | undefined,
  ) {
    this.#task = task;
    this.#format = format;
    this.#pieces = iteratorOf(stream);
    this.#signal = signal;
  }

  get duration(): number {
    return (this.#forgotten + this.#length) / SAMPLE_RATE;
  }

  async windowAt(seconds: number): Promise<SoundWindow | undefined> {
    const { length, features, window } = this.#format;
    this.#forget(Math.round(seconds * SAMPLE_RATE) - this.#forgotten);
    while (this.#length < length && !this.#hasEnded) await this.#read();
    if (this.#length === 0) return undefined;
    const samples = this.#buffer.slice(0, Math.min(length, this.#length));
    return window(samples, await features(samples), 0);
  }

  async close(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    // A source that is asked for a piece may not answer before it has one: nobody waits for it.
    void Promise.resolve(this.#pieces.return?.()).catch(() => undefined);
  }

  #forget(count: number): void {
    const known = Math.min(count, this.#length);
    this.#buffer.copyWithin(0, known, this.#length);
    this.#length -= known;
    this.#forgotten += known;
  }

  async #read(): Promise<void> {
    const next = await untilAborted(this.#pieces.next(), this.#signal);
    if (next.done) {
      this.#hasEnded = true;
      return;
    }
    const piece: unknown = next.value;
    if (!(piece instanceof Float32Array)) {
      throw new ConfigError(
        `${this.#task}: the pieces of a sound must be Float32Arrays at 16 kHz, got ${piece === null ? 'null' : typeof piece}`,
      );
    }
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const larger = new Float32Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }
}

/** Whether a sound comes in pieces. */
export function isAudioStream(input: unknown): input is AudioStream {
  if (typeof input !== 'object' || input === null) return false;
  return Symbol.asyncIterator in input || input instanceof ReadableStream;
}

function iteratorOf(stream: AudioStream): AsyncIterator<Float32Array> {
  if (!(stream instanceof ReadableStream)) return stream[Symbol.asyncIterator]();
  // Not all browsers can iterate over a ReadableStream.
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

/** Settles as the promise does, or rejects with the signal's reason when it is aborted before. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let abort = () => {};
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
      }),
    ]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
