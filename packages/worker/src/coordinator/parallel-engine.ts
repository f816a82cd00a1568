import type { Checkpoint, EncoderConfig, WeightType } from '@headwise/core';
import {
  type BatchedCall,
  type EncodeOptions,
  type EncodeResult,
  type Engine,
  Queue,
  type RunningTask,
  type TokenBatch,
} from '@headwise/core/internal';
import { encodeRequest } from './encode-request.ts';
import { disposedError, Shards } from './shards.ts';
import type { ShardsOptions, SplitStrategy } from './shards-options.ts';

export interface ParallelEngineOptions extends ShardsOptions {
  readonly split: SplitStrategy;
  /** Largest number of waiting calls. */
  readonly maxQueue: number;
}

/**
 * Runs an encoder in workers. With `split: 'heads'` there is one copy of the model, sharded over all workers; with `split: 'batch'`, one copy
 * in each worker. Every copy runs one batch at a time.
 */
export class ParallelEngine implements Engine {
  readonly name: string;
  readonly dtype: WeightType;
  readonly #copies: readonly Shards[];
  /** Copies that are not running a batch. */
  readonly #idle: Shards[];
  /** Largest number of features that the shards sum, for each token. */
  readonly #width: number;
  readonly #queue: Queue;

  private constructor(
    copies: readonly Shards[],
    config: EncoderConfig,
    { split, maxQueue }: ParallelEngineOptions,
  ) {
    const [first] = copies;
    this.name = split === 'heads' ? first!.name : `${first!.backend} × ${copies.length} whole models`;
    this.dtype = first!.dtype;
    this.#copies = copies;
    this.#idle = [...copies];
    // ELECTRA sums embeddings before they are projected to the hidden size.
    const embeddingSize = 'embeddingSize' in config ? config.embeddingSize : 0;
    this.#width = Math.max(config.hiddenSize, embeddingSize);
    this.#queue = new Queue({ slots: copies.length, maxWaiting: maxQueue });
  }

  /** Starts the workers and loads the weights. On failure, all workers are terminated. */
  static async start(
    config: EncoderConfig,
    checkpoint: Checkpoint,
    options: ParallelEngineOptions,
    signal?: AbortSignal,
  ): Promise<ParallelEngine> {
    const { split, workers: count } = options;
    const load = (shards: ShardsOptions) =>
      Shards.load({ kind: 'encoder', config }, checkpoint, shards, signal);
    const loading =
      split === 'heads'
        ? [load(options)]
        : Array.from({ length: count }, (_, first) =>
            load({ ...options, workers: 1, numbering: { first, count } }),
          );
    try {
      return new ParallelEngine(await Promise.all(loading), config, options);
    } catch (error) {
      for (const outcome of await Promise.allSettled(loading))
        if (outcome.status === 'fulfilled') await outcome.value.dispose();
      throw error;
    }
  }

  /** Number of batches that run at the same time. */
  get slots(): number {
    return this.#copies.length;
  }

  encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    return this.#queue.call(options.signal, () => this.#start(batch, options));
  }

  beginCall(): BatchedCall {
    const end = this.#queue.admit();
    return {
      slots: this.slots,
      encode: (batch, options = {}) => this.#queue.run(options.signal, () => this.#start(batch, options)),
      end,
    };
  }

  async dispose(): Promise<void> {
    this.#queue.close(disposedError());
    await Promise.all(this.#copies.map((copy) => copy.dispose()));
  }

  /** Runs a batch on an idle copy. There is one, since the queue has one slot per copy. */
  #start(batch: TokenBatch, options: EncodeOptions): RunningTask<EncodeResult> {
    const copy = this.#idle.at(-1)!;
    const { result, settled } = copy.start(encodeRequest(batch, this.#width, options));
    this.#idle.pop();
    return { result, settled: settled.finally(() => this.#idle.push(copy)) };
  }
}
