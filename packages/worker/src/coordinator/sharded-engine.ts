import {
  type BackendChoice,
  type Checkpoint,
  type EncodeOptions,
  type EncodeResult,
  type EncoderConfig,
  type Engine,
  HeadwiseError,
  type TokenBatch,
  type WeightType,
} from '@headwise/core';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import type { CoordinatorApi, Transport } from '../protocol.ts';
import { outcomeOf } from '../wire/outcome.ts';
import { CallQueue } from './call-queue.ts';
import { Crew } from './crew.ts';
import { EncodeCall } from './encode-call.ts';
import { SumBuffers } from './sum-buffers.ts';

export interface ShardedOptions {
  readonly workers: number;
  readonly transport: Transport;
  readonly backend: BackendChoice;
  readonly dtype: WeightType;
  readonly maxQueue: number;
  readonly spawn: () => ShardEndpoint;
}

/**
 * Runs an encoder spread over workers (Megatron-LM's scheme, Shoeybi et al. 2019): each owns the weights of its heads, its
 * feed-forward units and its rows of the vocabulary, computes a part of every half block's output, and adds up all parts with the
 * others. Only activations travel.
 */
export class ShardedEngine implements Engine {
  readonly slots = 1;
  readonly #crew: Crew;
  readonly #hiddenSize: number;
  readonly #queue: CallQueue;
  readonly #sums: SumBuffers | undefined;
  readonly #running: { call: EncodeCall | undefined };
  #calls = 0;

  private constructor(
    crew: Crew,
    config: EncoderConfig,
    options: ShardedOptions,
    running: { call: EncodeCall | undefined },
  ) {
    this.#crew = crew;
    // ELECTRA's embeddings are summed up before they have the hidden size.
    this.#hiddenSize = Math.max(config.hiddenSize, 'embeddingSize' in config ? config.embeddingSize : 0);
    this.#queue = new CallQueue(options.maxQueue);
    this.#running = running;
    if (options.transport === 'shared' && options.workers > 1) this.#sums = new SumBuffers(options.workers);
  }

  /** Starts workers and has each read its share of the weights. If anything fails, all are stopped. */
  static async start(
    config: EncoderConfig,
    checkpoint: Checkpoint,
    options: ShardedOptions,
    signal?: AbortSignal,
  ): Promise<ShardedEngine> {
    const running: { call: EncodeCall | undefined } = { call: undefined };
    const tensors = checkpoint.names.map((name) => [name, checkpoint.info(name)] as const);
    const crew = await Crew.start(
      {
        count: options.workers,
        transport: options.transport,
        load: { config, backend: options.backend, dtype: options.dtype, tensors },
        spawn: options.spawn,
        coordinator: coordinatorOf(checkpoint, running),
      },
      signal,
    );
    return new ShardedEngine(crew, config, options, running);
  }

  get name(): string {
    const count = this.#crew.size;
    return `${this.backend} × ${count} worker${count === 1 ? '' : 's'}`;
  }

  /** What each worker computes with. */
  get backend(): string {
    return this.#crew.loaded[0]?.backend ?? '';
  }

  encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    return this.#queue.run(options.signal, () => this.begin(batch, options));
  }

  /** Begins a call without waiting for its turn: the one before must have settled. */
  begin(batch: TokenBatch, options: EncodeOptions): EncodeCall {
    const call = new EncodeCall(this.#calls++, this.#crew, this.#sums, batch, this.#hiddenSize, options);
    this.#running.call = call;
    return call;
  }

  async dispose(): Promise<void> {
    const error = new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    this.#queue.close(error);
    await this.#crew.end(error);
  }
}

/** What workers may ask of this thread: tensors of the checkpoint, and to show activations to the call that is running. */
export function coordinatorOf(
  checkpoint: Checkpoint,
  running: { readonly call: EncodeCall | undefined },
): CoordinatorApi {
  return Object.assign(Object.create(null), {
    readTensor: (name, slice) =>
      outcomeOf(
        async () => {
          const { dtype, shape, bytes } = await checkpoint.read(name, slice);
          // What lies in a larger buffer may be a view of the whole file: then a copy of it is given away.
          const isView = bytes.byteLength < bytes.buffer.byteLength;
          return { dtype, shape, bytes: isView ? new Uint8Array(bytes) : bytes };
        },
        ({ bytes }) => [bytes.buffer],
      ),
    show: (number, shard, activation) =>
      outcomeOf(() => {
        const { call } = running;
        if (call?.number !== number) throw new WorkerError('ended', 'this call has ended');
        return call.show(shard, activation);
      }),
  } satisfies CoordinatorApi);
}
