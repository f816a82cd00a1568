import type {
  BatchedCall,
  Checkpoint,
  EncodeOptions,
  EncodeResult,
  EncoderConfig,
  Engine,
  TokenBatch,
} from '@headwise/core';
import { type Begun, CallQueue } from './call-queue.ts';
import { encodeRequest } from './encode-request.ts';
import { disposed, Shards, type ShardsOptions } from './shards.ts';

/** How work is divided between workers: every call over all of them, or whole batches to each. */
export type SplitStrategy = 'heads' | 'batch';

export interface ParallelEngineOptions extends ShardsOptions {
  readonly split: SplitStrategy;
  readonly maxQueue: number;
}

/**
 * Runs an encoder in workers. With `split: 'heads'` it has one copy of the model, sharded over all workers; with `split: 'batch'`, one copy
 * in each worker. Every copy computes one batch at a time.
 */
export class ParallelEngine implements Engine {
  readonly #copies: readonly Shards[];
  /** Copies that compute nothing at the moment. */
  readonly #idle: Shards[];
  readonly #name: string;
  /** Largest number of features that the shards sum, for each token. */
  readonly #width: number;
  readonly #queue: CallQueue;

  private constructor(
    copies: readonly Shards[],
    config: EncoderConfig,
    { split, maxQueue }: ParallelEngineOptions,
  ) {
    this.#copies = copies;
    this.#idle = [...copies];
    const [first] = copies;
    this.#name = split === 'heads' ? first!.name : `${first!.backend} × ${copies.length} whole models`;
    // ELECTRA's embeddings are summed before they are projected to the hidden size.
    const embeddingSize = 'embeddingSize' in config ? config.embeddingSize : 0;
    this.#width = Math.max(config.hiddenSize, embeddingSize);
    this.#queue = new CallQueue(maxQueue, copies.length);
  }

  /** Starts the workers and loads the weights. On failure, all workers are stopped. */
  static async start(
    config: EncoderConfig,
    checkpoint: Checkpoint,
    options: ParallelEngineOptions,
    signal?: AbortSignal,
  ): Promise<ParallelEngine> {
    const { split, workers: count } = options;
    const start = (shards: ShardsOptions) =>
      Shards.start({ kind: 'encoder', config }, checkpoint, shards, signal);
    const starting =
      split === 'heads'
        ? [start(options)]
        : Array.from({ length: count }, (_, first) =>
            start({ ...options, workers: 1, numbering: { first, count } }),
          );
    try {
      return new ParallelEngine(await Promise.all(starting), config, options);
    } catch (error) {
      for (const outcome of await Promise.allSettled(starting))
        if (outcome.status === 'fulfilled') await outcome.value.dispose();
      throw error;
    }
  }

  get name(): string {
    return this.#name;
  }

  get slots(): number {
    return this.#copies.length;
  }

  encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    return this.#queue.call(options.signal, () => this.#begin(batch, options));
  }

  beginCall(): BatchedCall {
    const ticket = this.#queue.enter();
    return {
      slots: this.slots,
      encode: (batch, options = {}) => this.#queue.run(options.signal, () => this.#begin(batch, options)),
      end: () => ticket.end(),
    };
  }

  async dispose(): Promise<void> {
    this.#queue.close(disposed());
    await Promise.all(this.#copies.map((copy) => copy.dispose()));
  }

  /** Runs a batch on an idle copy: the queue has as many slots as there are copies, so that there is one. */
  #begin(batch: TokenBatch, options: EncodeOptions): Begun<EncodeResult> {
    const copy = this.#idle.at(-1)!;
    const { result, settled } = copy.begin(encodeRequest(batch, this.#width, options));
    this.#idle.pop();
    return { result, settled: settled.finally(() => this.#idle.push(copy)) };
  }
}
