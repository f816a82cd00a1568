import { type BackendChoice, type Checkpoint, HeadwiseError, type WeightType } from '@headwise/core';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import type { CoordinatorApi, ModelPlan, Transport } from '../protocol.ts';
import { outcomeOf } from '../wire/outcome.ts';
import { ShardCall, type ShardRequest } from './shard-call.ts';
import type { ShardWorker } from './shard-worker.ts';
import { SumBuffers } from './sum-buffers.ts';
import { type Numbering, WorkerPool } from './worker-pool.ts';

export interface ShardsOptions {
  readonly workers: number;
  readonly transport: Transport;
  readonly backend: BackendChoice;
  readonly dtype: WeightType;
  readonly spawn: () => ShardEndpoint;
  /** How errors call the workers. Default: 0 to `workers - 1`. */
  readonly numbering?: Numbering;
}

/** The call that runs now: what workers show belongs to it. */
interface Running {
  call: { readonly number: number; show: ShardCall<unknown, unknown>['show'] } | undefined;
}

/**
 * A model spread over workers (Megatron-LM's scheme, Shoeybi et al. 2019): each owns the weights of its heads, its feed-forward units and
 * its rows of the vocabulary, computes a part of every half block's output, and adds up all parts with the others. Only activations
 * travel.
 */
export class Shards {
  readonly #crew: WorkerPool;
  readonly #sums: SumBuffers | undefined;
  readonly #running: Running;
  #calls = 0;

  private constructor(crew: WorkerPool, options: ShardsOptions, running: Running) {
    this.#crew = crew;
    this.#running = running;
    if (options.transport === 'shared' && options.workers > 1) this.#sums = new SumBuffers(options.workers);
  }

  /** Starts workers and has each read its share of the weights. If anything fails, all are stopped. */
  static async start(
    model: ModelPlan,
    checkpoint: Checkpoint,
    options: ShardsOptions,
    signal?: AbortSignal,
  ): Promise<Shards> {
    const running: Running = { call: undefined };
    const tensors = checkpoint.names.map((name) => [name, checkpoint.info(name)] as const);
    const { workers: count, transport, backend, dtype, spawn, numbering } = options;
    const load = { model, backend, dtype, tensors };
    const coordinator = coordinatorOf(checkpoint, running);
    const crew = await WorkerPool.start(
      { count, transport, load, spawn, coordinator, ...(numbering && { numbering }) },
      signal,
    );
    return new Shards(crew, options, running);
  }

  get size(): number {
    return this.#crew.size;
  }

  /** For people to read. */
  get name(): string {
    return `${this.backend} × ${this.size} worker${this.size === 1 ? '' : 's'}`;
  }

  /** What each worker computes with. */
  get backend(): string {
    return this.#crew.loaded[0]?.backend ?? '';
  }

  /** Begins a call without waiting for its turn: the one before must have settled. */
  begin<A, R>(request: ShardRequest<A, R>): ShardCall<A, R> {
    const call = new ShardCall(this.#calls++, this.#crew, this.#sums, request);
    this.#running.call = call;
    return call;
  }

  /** The workers, all of them ready. Rejects if one that failed can't be replaced. */
  ready(): Promise<readonly ShardWorker[]> {
    return this.#crew.ready();
  }

  /** Ends all workers. What they were asked rejects, and whatever they are asked later. */
  async dispose(): Promise<void> {
    await this.#crew.end(disposed());
  }
}

/** The error of calls to a model that is no more. */
export function disposed(): HeadwiseError {
  return new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
}

/** What workers may ask of this thread: tensors of the checkpoint, and to show activations to the call that is running. */
export function coordinatorOf(checkpoint: Checkpoint, running: Readonly<Running>): CoordinatorApi {
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
