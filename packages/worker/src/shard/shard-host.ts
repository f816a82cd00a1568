import {
  type Backend,
  createBackend,
  type EncodeOutput,
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
  WasmBackend,
} from '@headwise/core';
import { type Remote, transfer } from 'comlink';
import { WorkerError } from '../errors.ts';
import type {
  CoordinatorApi,
  EncodeMessage,
  LoadedShard,
  LoadMessage,
  ShownActivation,
} from '../protocol.ts';
import { unwrap } from '../wire/outcome.ts';
import type { Exchange } from './exchange.ts';
import { RemoteCheckpoint } from './remote-checkpoint.ts';

/** One worker's part of a model: its own heads, feed-forward units and rows of the vocabulary. */
export class ShardHost {
  readonly #shard: Shard;
  readonly #exchange: Exchange;
  readonly #coordinator: Remote<CoordinatorApi>;
  #loaded: { backend: Backend; encoder: Encoder } | undefined;

  constructor(shard: Shard, exchange: Exchange, coordinator: Remote<CoordinatorApi>) {
    this.#shard = shard;
    this.#exchange = exchange;
    this.#coordinator = coordinator;
  }

  async load({ model: { config }, backend: choice, dtype, tensors }: LoadMessage): Promise<LoadedShard> {
    const backend = await createBackend(choice);
    const checkpoint = new RemoteCheckpoint(tensors, async (name, slice) =>
      unwrap(await this.#coordinator.readTensor(name, slice)),
    );
    const encoder = await loadEncoder(config, checkpoint, backend, { shard: this.#shard, dtype });
    this.#loaded = { backend, encoder };
    const { name, weightBytes } = backend;
    const memoryBytes = backend instanceof WasmBackend ? backend.memoryBytes : weightBytes;
    return { backend: name, weightBytes, memoryBytes };
  }

  async encode(message: EncodeMessage): Promise<readonly EncodeOutput[]> {
    if (!this.#loaded) throw new HeadwiseError('ERR_DISPOSED', 'worker: no model is loaded');
    const { call, batch, outputs, hooked, recorded, memory } = message;
    const { backend, encoder } = this.#loaded;
    const watched = [...hooked, ...recorded];
    const run: Run = {
      backend,
      shard: this.#shard,
      offsets: batch.offsets,
      ...(watched.length > 0 && { watches: (name: string) => matchesAny(watched, name) }),
    };
    const exchange = this.#exchange;
    exchange.begin(call, memory);
    const shown: Promise<unknown>[] = [];
    const closeScope = backend.openScope();
    try {
      const results = await runStepsAsync(encodeSteps(encoder, run, batch, outputs), (request) => {
        if (exchange.cancelled) throw new WorkerError('ended', 'the call was cancelled');
        if (request.kind === 'sum') return exchange.sum(backend, request.partial);
        if (matchesAny(hooked, request.name)) return this.#ask(backend, call, request);
        // Nothing can come of it but an error: it is sent, and the pass goes on.
        if (request.held !== 'everywhere' || this.#shard.index === 0) {
          const sent = this.#show(backend, call, request);
          sent.catch(() => {});
          shown.push(sent);
        }
        return request.value;
      });
      await Promise.all(shown);
      return results;
    } finally {
      closeScope();
    }
  }

  cancel(call: number): void {
    this.#exchange.cancel(call);
  }

  connect(index: number, port: MessagePort): void {
    this.#exchange.connect(index, port);
  }

  /** Frees the model. */
  dispose(): void {
    this.#exchange.close();
    this.#loaded?.encoder.dispose();
    this.#loaded = undefined;
  }

  async #ask(backend: Backend, call: number, request: Request & { kind: 'activation' }): Promise<Tensor> {
    const replaced = await this.#show(backend, call, request);
    return replaced ? backend.tensor(replaced, request.value.shape) : request.value;
  }

  async #show(
    backend: Backend,
    call: number,
    { name, value, held }: Request & { kind: 'activation' },
  ): Promise<Float32Array | undefined> {
    const { index } = this.#shard;
    // What every shard has is sent by the first.
    const data = held === 'everywhere' && index !== 0 ? undefined : backend.read(value);
    const activation: ShownActivation = { name, shape: value.shape, data, held };
    const moved = data ? [data.buffer as ArrayBuffer] : [];
    return unwrap(await this.#coordinator.show(call, index, transfer(activation, moved)));
  }
}
