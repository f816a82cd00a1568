import {
  type Checkpoint,
  type EncodeOptions,
  type EncodeResult,
  type EncoderConfig,
  type Engine,
  HeadwiseError,
  type TokenBatch,
} from '@headwise/core';
import { CallQueue } from './call-queue.ts';
import { ShardedEngine, type ShardedOptions } from './sharded-engine.ts';

/**
 * Runs whole models side by side, one in each worker: as many calls at a time as there are workers, and nothing to exchange between
 * them. Each worker has all the weights.
 */
export class ReplicaEngine implements Engine {
  readonly #replicas: readonly ShardedEngine[];
  /** Calls that each replica computes: none or one. */
  readonly #busy = new Set<ShardedEngine>();
  readonly #queue: CallQueue;

  private constructor(replicas: readonly ShardedEngine[], maxQueue: number) {
    this.#replicas = replicas;
    this.#queue = new CallQueue(maxQueue, replicas.length);
  }

  /** Starts workers and has each read all weights. If anything fails, all are stopped. */
  static async start(
    config: EncoderConfig,
    checkpoint: Checkpoint,
    options: ShardedOptions,
    signal?: AbortSignal,
  ): Promise<ReplicaEngine> {
    const starting = Array.from({ length: options.workers }, () =>
      ShardedEngine.start(config, checkpoint, { ...options, workers: 1 }, signal),
    );
    try {
      return new ReplicaEngine(await Promise.all(starting), options.maxQueue);
    } catch (error) {
      for (const outcome of await Promise.allSettled(starting))
        if (outcome.status === 'fulfilled') await outcome.value.dispose();
      throw error;
    }
  }

  get name(): string {
    return `${this.#replicas[0]?.backend} × ${this.slots} whole models`;
  }

  get slots(): number {
    return this.#replicas.length;
  }

  encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    return this.#queue.run(options.signal, () => {
      const replica = this.#replicas.find((candidate) => !this.#busy.has(candidate))!;
      this.#busy.add(replica);
      const { result, settled } = replica.begin(batch, options);
      return { result, settled: settled.finally(() => this.#busy.delete(replica)) };
    });
  }

  async dispose(): Promise<void> {
    this.#queue.close(new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of'));
    await Promise.all(this.#replicas.map((replica) => replica.dispose()));
  }
}
