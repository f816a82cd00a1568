import { type Checkpoint, HeadwiseError, type WeightType } from '@headwise/core';
import { usesWideFunctions } from '@headwise/core/internal';
import { WorkerError } from '../errors.ts';
import type { ActivationMessage, CoordinatorApi, ModelPlan, ShardSpan } from '../protocol.ts';
import { outcomeOf } from '../wire/outcome.ts';
import { ShardCall, type ShardRequest } from './shard-call.ts';
import type { ShardWorker } from './shard-worker.ts';
import type { ShardsOptions } from './shards-options.ts';
import { SumBuffers } from './sum-buffers.ts';
import { WorkerPool } from './worker-pool.ts';

/** The call that is running, to which reported activations belong. */
interface ActiveCall {
  readonly number: number;
  handleActivation(shard: number, activation: ActivationMessage): Promise<Float32Array | undefined>;
  handleSpans(shard: number, spans: readonly ShardSpan[]): null;
}

interface ActiveCallRef {
  current: ActiveCall | undefined;
}

/**
 * A model sharded over workers by tensor parallelism (Megatron-LM, Shoeybi et al. 2019): each worker holds the weights of its attention heads,
 * its feed-forward units and its rows of the vocabulary. In each half of a block it computes a partial output, and the partial outputs of all
 * workers are summed.
 */
export class Shards {
  /** The type that the weights are kept in. */
  readonly dtype: WeightType;
  readonly #pool: WorkerPool;
  readonly #sums: SumBuffers | undefined;
  readonly #activeCall: ActiveCallRef;
  readonly #onSpan: ShardsOptions['onSpan'];
  #callCount = 0;

  private constructor(pool: WorkerPool, options: ShardsOptions, activeCall: ActiveCallRef) {
    this.dtype = options.dtype;
    this.#pool = pool;
    this.#activeCall = activeCall;
    this.#onSpan = options.onSpan;
    if (options.transport === 'shared' && options.workers > 1) this.#sums = new SumBuffers(options.workers);
  }

  /** Starts the workers and loads the weights. On failure, all workers are terminated. */
  static async load(
    model: ModelPlan,
    checkpoint: Checkpoint,
    options: ShardsOptions,
    signal?: AbortSignal,
  ): Promise<Shards> {
    const activeCall: ActiveCallRef = { current: undefined };
    const tensors = checkpoint.names.map((name) => [name, checkpoint.info(name)] as const);
    const { workers: count, transport, backend, dtype, spawn, numbering, startTimeout } = options;
    const load = { model, backend, wide: usesWideFunctions(), dtype, tensors };
    const coordinator = createCoordinatorApi(checkpoint, activeCall);
    const pool = await WorkerPool.start(
      { count, transport, load, spawn, coordinator, startTimeout, ...(numbering && { numbering }) },
      signal,
    );
    return new Shards(pool, options, activeCall);
  }

  /** Number of workers. */
  get size(): number {
    return this.#pool.size;
  }

  /** Display name, for example `wasm-simd × 2 workers`. */
  get name(): string {
    return `${this.backend} × ${this.size} worker${this.size === 1 ? '' : 's'}`;
  }

  /** Name of the workers' backend. */
  get backend(): string {
    return this.#pool.loaded[0]?.backend ?? '';
  }

  /** Starts a call at once: the previous one must have settled. */
  start<A, R>(request: ShardRequest<A, R>): ShardCall<A, R> {
    const call = new ShardCall(this.#callCount++, this.#pool, this.#sums, request, this.#onSpan);
    this.#activeCall.current = call;
    return call;
  }

  /** Resolves to the workers when all of them are loaded. Rejects when a failed one cannot be replaced. */
  ready(): Promise<readonly ShardWorker[]> {
    return this.#pool.ready();
  }

  /** Terminates all workers. Pending and later calls reject. */
  async dispose(): Promise<void> {
    await this.#pool.terminate(disposedError());
  }
}

/** The error of calls to a model that has been disposed. */
export function disposedError(): HeadwiseError {
  return new HeadwiseError('ERR_DISPOSED', 'model: it has been disposed');
}

/** The functions that workers call: they read tensors of the checkpoint and report activations to the active call. */
export function createCoordinatorApi(
  checkpoint: Checkpoint,
  activeCall: Readonly<ActiveCallRef>,
): CoordinatorApi {
  return Object.assign(Object.create(null), {
    readTensor: (name, slice) =>
      outcomeOf(
        async () => {
          const { dtype, shape, bytes } = await checkpoint.read(name, slice);
          // Transferring a buffer detaches it. A view may be part of the buffer of a whole file, so that it is copied.
          const isView = bytes.byteLength < bytes.buffer.byteLength;
          return { dtype, shape, bytes: isView ? new Uint8Array(bytes) : bytes };
        },
        ({ bytes }) => [bytes.buffer],
      ),
    reportActivation: (number, shard, activation) =>
      outcomeOf(() => activeCallOf(activeCall, number).handleActivation(shard, activation)),
    reportSpans: (number, shard, spans) =>
      outcomeOf(() => activeCallOf(activeCall, number).handleSpans(shard, spans)),
  } satisfies CoordinatorApi);
}

function activeCallOf({ current }: Readonly<ActiveCallRef>, number: number): ActiveCall {
  if (current?.number !== number) throw new WorkerError('ended', 'the call has ended');
  return current;
}
