import {
  type Backend,
  createBackend,
  decodeSteps,
  type EncodeOutput,
  encodeSourceSteps,
  encodeSteps,
  type ForwardContext,
  HeadwiseError,
  matchesAny,
  type Offsets,
  runStepsAsync,
  type Shard,
  type StepRequest,
  type Steps,
  type Tensor,
  WasmBackend,
} from '@headwise/core';
import { type Remote, transfer } from 'comlink';
import { WorkerError } from '../errors.ts';
import type {
  CallHead,
  CoordinatorApi,
  DecodeMessage,
  EncodeMessage,
  EncodeSourceMessage,
  LoadedShard,
  LoadMessage,
  SessionMessage,
  ShownActivation,
} from '../protocol.ts';
import { unwrap } from '../wire/outcome.ts';
import type { Exchange } from './exchange.ts';
import { RemoteCheckpoint } from './remote-checkpoint.ts';
import { ShardModel } from './shard-model.ts';

/** One worker's part of a model: its own heads, feed-forward units and rows of the vocabulary. */
export class ShardHost {
  readonly #shard: Shard;
  readonly #exchange: Exchange;
  readonly #coordinator: Remote<CoordinatorApi>;
  #loaded: ShardModel | undefined;

  constructor(shard: Shard, exchange: Exchange, coordinator: Remote<CoordinatorApi>) {
    this.#shard = shard;
    this.#exchange = exchange;
    this.#coordinator = coordinator;
  }

  async load({ model, backend: choice, dtype, tensors }: LoadMessage): Promise<LoadedShard> {
    const backend = await createBackend(choice);
    const checkpoint = new RemoteCheckpoint(tensors, async (name, slice) =>
      unwrap(await this.#coordinator.readTensor(name, slice)),
    );
    this.#loaded = await ShardModel.load(model, checkpoint, backend, { shard: this.#shard, dtype });
    const { name, weightBytes } = backend;
    const memoryBytes = backend instanceof WasmBackend ? backend.memoryBytes : weightBytes;
    return { backend: name, weightBytes, memoryBytes };
  }

  async encode(message: EncodeMessage): Promise<readonly EncodeOutput[]> {
    const { encoder } = this.#model;
    const { batch, outputs } = message;
    return this.#run(message, batch.offsets, (ctx) => encodeSteps(encoder, ctx, batch, outputs));
  }

  openSession(message: SessionMessage): null {
    this.#model.openSession(message);
    return null;
  }

  async decode(message: DecodeMessage): Promise<EncodeOutput> {
    const { decoder } = this.#model;
    const { batch, rows, copies, session } = message;
    const cache = this.#model.cache(session);
    if (copies) cache.copy(copies);
    return this.#run(message, batch.offsets, (ctx) => decodeSteps(decoder, ctx, batch, cache, rows));
  }

  async encodeSource(message: EncodeSourceMessage): Promise<null> {
    const { decoder } = this.#model;
    const { batch, slots, session } = message;
    const cache = this.#model.cache(session);
    await this.#run(message, batch.offsets, (ctx) => encodeSourceSteps(decoder, ctx, batch, cache, slots));
    return null;
  }

  closeSession(session: number): null {
    this.#loaded?.closeSession(session);
    return null;
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
    this.#loaded?.dispose();
    this.#loaded = undefined;
  }

  get #model(): ShardModel {
    if (this.#loaded) return this.#loaded;
    throw new HeadwiseError('ERR_DISPOSED', 'worker: no model is loaded');
  }

  /** Computes this shard's part of a call. */
  async #run<T>(
    { call, hooked, recorded, memory }: CallHead,
    offsets: Offsets,
    body: (ctx: ForwardContext) => Steps<T>,
  ): Promise<T> {
    const { backend } = this.#model;
    const watched = [...hooked, ...recorded];
    const watches = (name: string) => matchesAny(watched, name);
    const ctx: ForwardContext = {
      backend,
      shard: this.#shard,
      offsets,
      ...(watched.length > 0 && { watches }),
    };
    const exchange = this.#exchange;
    exchange.begin(call, memory);
    const shown: Promise<unknown>[] = [];
    const closeScope = backend.openScope();
    try {
      const result = await runStepsAsync(body(ctx), (request) => {
        if (exchange.cancelled) throw new WorkerError('ended', 'the call was cancelled');
        if (request.kind === 'sum') return exchange.sum(backend, request.partial);
        if (matchesAny(hooked, request.name)) return this.#ask(backend, call, request);
        // Nothing can come of it but an error: it is sent, and the pass goes on.
        if (request.held !== 'replicated' || this.#shard.index === 0) {
          const sent = this.#show(backend, call, request);
          sent.catch(() => {});
          shown.push(sent);
        }
        return request.value;
      });
      await Promise.all(shown);
      return result;
    } finally {
      closeScope();
    }
  }

  async #ask(backend: Backend, call: number, request: StepRequest & { kind: 'activation' }): Promise<Tensor> {
    const replaced = await this.#show(backend, call, request);
    return replaced ? backend.tensor(replaced, request.value.shape) : request.value;
  }

  async #show(
    backend: Backend,
    call: number,
    { name, value, held }: StepRequest & { kind: 'activation' },
  ): Promise<Float32Array | undefined> {
    const { index } = this.#shard;
    // What every shard has is sent by the first.
    const data = held === 'replicated' && index !== 0 ? undefined : backend.read(value);
    const activation: ShownActivation = { name, shape: value.shape, data, held };
    const moved = data ? [data.buffer as ArrayBuffer] : [];
    return unwrap(await this.#coordinator.show(call, index, transfer(activation, moved)));
  }
}
