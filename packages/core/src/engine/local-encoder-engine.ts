import type { Backend } from '../backend/backend.ts';
import { HeadwiseError } from '../errors.ts';
import { HookRunner } from '../hooks/hook-runner.ts';
import type { Encoder } from '../models/encoders/encoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import { runForward } from '../nn/run/run-forward.ts';
import { encodeSteps } from './encode-steps.ts';
import type { EncodeOptions, EncodeResult, Engine } from './encoder-engine.ts';

/** Runs a model in this thread. */
export class LocalEngine implements Engine {
  readonly name: string;
  readonly #backend: Backend;
  readonly #encoder: Encoder;
  #disposed = false;

  constructor(backend: Backend, encoder: Encoder) {
    this.name = backend.name;
    this.#backend = backend;
    this.#encoder = encoder;
  }

  async encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    const { outputs, hooks, record, signal } = options;
    signal?.throwIfAborted();
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    const watch = hooks || record ? new HookRunner(hooks, record) : undefined;
    const results = runForward(this.#backend, batch.offsets, watch, (run) =>
      encodeSteps(this.#encoder, run, batch, outputs),
    );
    return { outputs: results, recorded: watch?.recorded ?? new Map() };
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#encoder.dispose();
  }
}
