import { type Backend, withScope } from '../backend/backend.ts';
import { HeadwiseError } from '../errors.ts';
import { Watch } from '../inspect/watch.ts';
import type { Encoder, TokenBatch } from '../models/encoder.ts';
import type { Run } from '../nn/run.ts';
import { WHOLE } from '../nn/shard.ts';
import { runSteps } from '../nn/steps.ts';
import { encodeSteps } from './encode-steps.ts';
import type { EncodeOptions, EncodeResult, Engine } from './engine.ts';

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
    const watch = hooks || record ? new Watch(hooks, record) : undefined;
    const backend = this.#backend;
    const run: Run = {
      backend,
      shard: WHOLE,
      offsets: batch.offsets,
      ...(watch && { watches: (name: string) => watch.wants(name) }),
    };
    const results = withScope(backend, () =>
      runSteps(encodeSteps(this.#encoder, run, batch, outputs), (request) => {
        if (request.kind === 'sum') return request.partial;
        const { name, value } = request;
        const replaced = watch?.show({ name, shape: value.shape, data: backend.read(value) });
        return replaced ? backend.tensor(replaced, value.shape) : value;
      }),
    );
    watch?.checkAllMatched();
    return { outputs: results, recorded: watch?.recorded ?? new Map() };
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#encoder.dispose();
  }
}
