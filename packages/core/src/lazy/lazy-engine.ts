import type { WeightType } from '../backend/backend.ts';
import type { EncodeOptions, EncodeResult, Engine } from '../engine/encoder-engine.ts';
import type { LocalEngine } from '../engine/local-encoder-engine.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { LazyWords } from './lazy-words.ts';

/** Runs an encoder whose table of word embeddings is on its way: each pass waits for its rows. */
export class LazyEngine implements Engine {
  readonly name: string;
  readonly dtype: WeightType;
  readonly #engine: LocalEngine;
  readonly #words: LazyWords;
  readonly #stop: () => Promise<void>;
  /** The last pass that needed rows: they are one after another, as there is one set of rows. */
  #last: Promise<unknown> = Promise.resolve();

  /** `stop` ends the loading of the table, and resolves when it has ended. */
  constructor(engine: LocalEngine, words: LazyWords, stop: () => Promise<void>) {
    this.name = engine.name;
    this.dtype = engine.dtype;
    this.#engine = engine;
    this.#words = words;
    this.#stop = stop;
  }

  encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    if (this.#words.isComplete) return this.#engine.encode(batch, options);
    const pass = this.#last.then(async () => {
      options.signal?.throwIfAborted();
      await this.#words.prepare(batch.ids);
      return this.#engine.encode(batch, options);
    });
    this.#last = pass.catch(() => undefined);
    return orAborted(pass, options.signal);
  }

  async dispose(): Promise<void> {
    await this.#stop();
    await this.#last;
    this.#words.release();
    await this.#engine.dispose();
  }
}

/** Settles as `promise` does, or rejects with the signal's reason when it is aborted. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
