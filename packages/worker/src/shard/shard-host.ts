import {
  type Backend,
  createBackend,
  type Encoder,
  encodeSteps,
  HeadwiseError,
  loadEncoder,
  matchesAny,
  type Request,
  type Run,
  runStepsAsync,
  type Shard,
  type Tensor,
} from '@headwise/core';
import type { Remote } from 'comlink';
import { unwrap } from '../outcome.ts';
import type { CoordinatorApi, EncodeMessage, LoadMessage } from '../protocol.ts';
import type { Exchange } from './exchange.ts';
import { RemoteCheckpoint } from './remote-checkpoint.ts';

/** One worker's part of a model: its own heads, feed-forward units and rows of the vocabulary. */
export class ShardHost {
  readonly #shard: Shard;
  readonly #exchange: Exchange;
  readonly #coordinator: Remote<CoordinatorApi>;
  #loaded: { backend: Backend; encoder: Encoder } | undefined;
  #cancelled = -1;

  constructor(shard: Shard, exchange: Exchange, coordinator: Remote<CoordinatorApi>) {
    this.#shard = shard;
    this.#exchange = exchange;
    this.#coordinator = coordinator;
  }

  async load({
    config,
    backend: choice,
    tensors,
  }: LoadMessage): Promise<{ backend: string; weightBytes: number }> {
    const backend = await createBackend(choice);
    const checkpoint = new RemoteCheckpoint(tensors, async (name, slice) =>
      unwrap(await this.#coordinator.readTensor(name, slice)),
    );
    const encoder = await loadEncoder(config, checkpoint, backend, this.#shard);
    this.#loaded = { backend, encoder };
    return { backend: backend.name, weightBytes: backend.weightBytes };
  }

  async encode({ call, batch, watched }: EncodeMessage): Promise<Float32Array | undefined> {
    if (!this.#loaded) throw new HeadwiseError('ERR_DISPOSED', 'worker: no model is loaded');
    const { backend, encoder } = this.#loaded;
    const run: Run = {
      backend,
      shard: this.#shard,
      offsets: batch.offsets,
      ...(watched.length > 0 && { watches: (name: string) => matchesAny(watched, name) }),
    };
    this.#exchange.begin(call);
    const closeScope = backend.openScope();
    try {
      const embeddings = await runStepsAsync(encodeSteps(encoder, run, batch), (request) => {
        if (this.#cancelled >= call) throw new HeadwiseError('ERR_CANCELLED', 'the call was aborted');
        return this.#answer(backend, call, request);
      });
      return this.#shard.index === 0 ? embeddings : undefined;
    } catch (error) {
      this.#exchange.fail();
      throw error;
    } finally {
      closeScope();
    }
  }

  /** Ends this call, and any before it, at the next step. */
  cancel(call: number): void {
    this.#cancelled = Math.max(this.#cancelled, call);
  }

  #answer(backend: Backend, call: number, request: Request): Promise<Tensor> {
    if (request.kind === 'sum') return this.#exchange.sum(backend, request.partial);
    return this.#show(backend, call, request);
  }

  async #show(backend: Backend, call: number, request: Request & { kind: 'activation' }): Promise<Tensor> {
    const { name, value, held } = request;
    const data = backend.read(value);
    const activation = { name, shape: value.shape, data, held };
    const replaced = unwrap(await this.#coordinator.show(call, this.#shard.index, activation));
    return replaced ? backend.tensor(replaced, value.shape) : value;
  }
}
