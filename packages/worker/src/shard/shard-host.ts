import { type Backend, HeadwiseError, type Tensor } from '@headwise/core';
import {
  createFloatBackend,
  decodeSteps,
  type EncodeOutput,
  EventLoopYielder,
  encodeSourceSteps,
  encodeSteps,
  extendBackend,
  type ForwardContext,
  isPause,
  matchesAny,
  rarePoolingFor,
  runStepsAsync,
  type Shard,
  type StepRequest,
  type Steps,
  WasmBackend,
} from '@headwise/core/internal';
import type { Offsets } from '@headwise/core/nn';
import { type Remote, transfer } from 'comlink';
import { WorkerError } from '../errors.ts';
import type {
  ActivationMessage,
  CallHeader,
  CoordinatorApi,
  DecodeMessage,
  EncodeMessage,
  EncodeSourceMessage,
  LoadedShard,
  LoadMessage,
  SessionMessage,
} from '../protocol.ts';
import { unwrap } from '../wire/outcome.ts';
import type { Exchange } from './exchange.ts';
import { RemoteCheckpoint } from './remote-checkpoint.ts';
import { ShardModel } from './shard-model.ts';
import { SpanClock } from './span-clock.ts';

type ActivationRequest = StepRequest & { kind: 'activation' };

/** Implements `ShardApi`: loads and runs one shard of a model. */
export class ShardHost {
  readonly #shard: Shard;
  readonly #exchange: Exchange;
  readonly #coordinator: Remote<CoordinatorApi>;
  #loadedModel: ShardModel | undefined;
  #lastCancelled = -1;

  constructor(shard: Shard, exchange: Exchange, coordinator: Remote<CoordinatorApi>) {
    this.#shard = shard;
    this.#exchange = exchange;
    this.#coordinator = coordinator;
  }

  async load({ model, backend: choice, wide, dtype, tensors }: LoadMessage): Promise<LoadedShard> {
    const backend = await createFloatBackend(choice, wide);
    if (dtype !== 'f32') await extendBackend(backend);
    const checkpoint = new RemoteCheckpoint(tensors, async (name, slice) =>
      unwrap(await this.#coordinator.readTensor(name, slice)),
    );
    this.#loadedModel = await ShardModel.load(model, checkpoint, backend, { shard: this.#shard, dtype });
    const { name, weightBytes } = backend;
    const memoryBytes = backend instanceof WasmBackend ? backend.memoryBytes : weightBytes;
    return { backend: name, weightBytes, memoryBytes };
  }

  async encode(message: EncodeMessage): Promise<readonly EncodeOutput[]> {
    const { encoder } = this.#model;
    const { batch, outputs } = message;
    const rarePooling = await rarePoolingFor(outputs);
    return this.#run(message, batch.offsets, (ctx) => encodeSteps(encoder, ctx, batch, outputs, rarePooling));
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
    this.#loadedModel?.closeSession(session);
    return null;
  }

  cancel(call: number): void {
    this.#lastCancelled = Math.max(this.#lastCancelled, call);
    this.#exchange.cancel(call);
  }

  connect(index: number, port: MessagePort): void {
    this.#exchange.connect(index, port);
  }

  /** Releases the model. */
  dispose(): void {
    this.#exchange.close();
    this.#loadedModel?.dispose();
    this.#loadedModel = undefined;
  }

  get #model(): ShardModel {
    if (this.#loadedModel) return this.#loadedModel;
    throw new HeadwiseError('ERR_DISPOSED', 'worker: no model is loaded');
  }

  /** Runs this shard's part of a forward pass. */
  async #run<T>(header: CallHeader, offsets: Offsets, body: (ctx: ForwardContext) => Steps<T>): Promise<T> {
    const { call, hooked, recorded, memory } = header;
    const { backend } = this.#model;
    const exchange = this.#exchange;
    const watched = [...hooked, ...recorded];
    const clock = header.timed ? new SpanClock() : undefined;
    // Sums let messages in; a shard that has none to wait for gives way by itself.
    const yielder = header.cancellable && this.#shard.count === 1 ? new EventLoopYielder(true) : undefined;
    const watches = (name: string) => {
      clock?.watch(name);
      return matchesAny(watched, name) || (yielder !== undefined && isPause(name));
    };
    const ctx: ForwardContext = {
      backend,
      shard: this.#shard,
      offsets,
      ...((watched.length > 0 || clock || yielder) && { watches }),
    };
    exchange.begin(call, memory);
    const recordings: Promise<unknown>[] = [];
    const closeScope = backend.openScope();
    try {
      const answer = (request: StepRequest): Tensor | Promise<Tensor> => {
        if (exchange.cancelled || this.#lastCancelled >= call)
          throw new WorkerError('ended', 'the call was cancelled');
        if (request.kind === 'sum') {
          const sum = () => exchange.sum(backend, request.partial);
          return clock ? clock.exchange(sum) : sum();
        }
        if (matchesAny(hooked, request.name)) return this.#applyHooks(backend, call, request);
        // A recording has no result, so that the forward pass continues while it is sent; errors are thrown at the end.
        if (matchesAny(recorded, request.name) && this.#isReporter(request)) {
          const sent = this.#report(backend, call, request);
          sent.catch(() => {});
          recordings.push(sent);
        }
        return request.value;
      };
      const result = await runStepsAsync(body(ctx), (request) => {
        if (yielder && request.kind === 'activation' && isPause(request.name))
          return yielder.yieldToEventLoop(undefined).then(() => answer(request));
        return answer(request);
      });
      await Promise.all(recordings);
      if (clock) unwrap(await this.#coordinator.reportSpans(call, this.#shard.index, clock.end()));
      return result;
    } finally {
      closeScope();
    }
  }

  /** Whether this shard sends the activation: of one that all have, the first. */
  #isReporter({ placement }: ActivationRequest): boolean {
    return placement !== 'replicated' || this.#shard.index === 0;
  }

  async #applyHooks(backend: Backend, call: number, request: ActivationRequest): Promise<Tensor> {
    const replacement = await this.#report(backend, call, request);
    return replacement ? backend.tensor(replacement, request.value.shape) : request.value;
  }

  /** Sends an activation to the main thread. Resolves to its replacement, if any. */
  async #report(
    backend: Backend,
    call: number,
    { name, value, placement }: ActivationRequest,
  ): Promise<Float32Array | undefined> {
    const { index } = this.#shard;
    // The values of a replicated activation are sent by the first shard only.
    const data = placement === 'replicated' && index !== 0 ? undefined : backend.read(value);
    const activation: ActivationMessage = { name, shape: value.shape, data, placement };
    const buffers = data ? [data.buffer as ArrayBuffer] : [];
    return unwrap(await this.#coordinator.reportActivation(call, index, transfer(activation, buffers)));
  }
}
