import type {
  BatchedCall,
  Checkpoint,
  EncodeOptions,
  EncodeResult,
  EncoderConfig,
  Engine,
  TokenBatch,
} from '@headwise/core';
import { calibrate } from './calibrate.ts';
import { type Begun, CallQueue } from './call-queue.ts';
import { type Choice, CostModel, type Way } from './cost-model.ts';
import { encodeRequest } from './encode-request.ts';
import { disposed, Shards, type ShardsOptions } from './shards.ts';

/** What workers share out. */
export type Split = Way | 'auto';

/** How a call is computed under `split: 'auto'`, and why. */
export interface SplitChoice extends Choice {
  /** Tokens of each text. */
  readonly lengths: readonly number[];
}

export interface ParallelEngineOptions extends ShardsOptions {
  readonly split: Split;
  readonly maxQueue: number;
  readonly onSplit?: ((choice: SplitChoice) => void) | undefined;
}

interface Parts {
  /** One model spread over all workers. */
  readonly heads: Shards | undefined;
  /** Whole models, one in each worker. */
  readonly replicas: readonly Shards[];
}

/**
 * Runs an encoder on workers: spread over all of them, or whole in each of them, so that as many batches are computed at a time. With
 * both, each call is computed in the way that is faster by what was measured.
 */
export class ParallelEngine implements Engine {
  readonly #parts: Parts;
  readonly #config: EncoderConfig;
  readonly #queue: CallQueue;
  readonly #onSplit: ParallelEngineOptions['onSplit'];
  /** Replicas that compute. */
  readonly #busy = new Set<Shards>();
  #costs: CostModel | undefined;

  private constructor(parts: Parts, config: EncoderConfig, options: ParallelEngineOptions) {
    this.#parts = parts;
    this.#config = config;
    this.#onSplit = options.onSplit;
    this.#queue = new CallQueue(options.maxQueue, this.slots);
  }

  /** Starts workers, has them read their weights, and measures if there is a choice. If anything fails, all are stopped. */
  static async start(
    config: EncoderConfig,
    checkpoint: Checkpoint,
    options: ParallelEngineOptions,
    signal?: AbortSignal,
  ): Promise<ParallelEngine> {
    const { workers } = options;
    // One worker has nothing to choose from.
    const split = options.split === 'auto' && workers === 1 ? 'heads' : options.split;
    const start = (own: ShardsOptions) => Shards.start({ kind: 'encoder', config }, checkpoint, own, signal);
    const numbering = (first: number) => ({ first, count: workers });
    const starting = [
      ...(split === 'batch' ? [] : [start(options)]),
      ...Array.from({ length: split === 'heads' ? 0 : workers }, (_, first) =>
        start({ ...options, workers: 1, numbering: numbering(first) }),
      ),
    ];
    try {
      const shards = await Promise.all(starting);
      const heads = split === 'batch' ? undefined : shards.shift();
      const engine = new ParallelEngine({ heads, replicas: shards }, config, options);
      if (split === 'auto') engine.#costs = await engine.#measure(signal);
      return engine;
    } catch (error) {
      for (const outcome of await Promise.allSettled(starting))
        if (outcome.status === 'fulfilled') await outcome.value.dispose();
      throw error;
    }
  }

  get name(): string {
    const { heads, replicas } = this.#parts;
    if (!heads) return `${replicas[0]?.backend} × ${replicas.length} whole models`;
    return replicas.length > 0 ? `${heads.name}, together or each by itself` : heads.name;
  }

  get slots(): number {
    return Math.max(1, this.#parts.replicas.length);
  }

  async encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    const call = this.beginCall(lengthsOf(batch));
    try {
      return await call.encode(batch, options);
    } finally {
      call.end();
    }
  }

  beginCall(lengths: readonly number[]): BatchedCall {
    const ticket = this.#queue.enter();
    const way = this.#choose(lengths);
    const watch = this.#costs && new Stopwatch(this.#queue, lengths.length);
    return {
      slots: way === 'heads' ? 1 : this.slots,
      encode: async (batch, options = {}) => {
        const begin = () => this.#begin(way, batch, options);
        const result = await this.#queue.run(options.signal, begin, this.#slotsOf(way));
        watch?.done(batch.offsets.length - 1, options);
        return result;
      },
      end: () => {
        ticket.end();
        if (watch?.took !== undefined) this.#costs?.learn(way, lengths, watch.took);
      },
    };
  }

  async dispose(): Promise<void> {
    const { heads, replicas } = this.#parts;
    this.#queue.close(disposed());
    await Promise.all([...replicas, ...(heads ? [heads] : [])].map((shards) => shards.dispose()));
  }

  #choose(lengths: readonly number[]): Way {
    if (!this.#parts.heads) return 'batch';
    if (!this.#costs) return 'heads';
    const choice = this.#costs.choose(lengths);
    this.#onSplit?.({ ...choice, lengths });
    return choice.split;
  }

  /** A model over all workers leaves no core for others. */
  #slotsOf(way: Way): number {
    return way === 'heads' ? this.slots : 1;
  }

  #begin(way: Way, batch: TokenBatch, options: EncodeOptions): Begun<EncodeResult> {
    const { heads, replicas } = this.#parts;
    if (way === 'heads') return heads!.begin(this.#request(batch, options));
    const replica = replicas.find((candidate) => !this.#busy.has(candidate))!;
    this.#busy.add(replica);
    const { result, settled } = replica.begin(this.#request(batch, options));
    return { result, settled: settled.finally(() => this.#busy.delete(replica)) };
  }

  #request(batch: TokenBatch, options: EncodeOptions) {
    const { hiddenSize } = this.#config;
    // ELECTRA's embeddings are summed up before they have the hidden size.
    const embedding = 'embeddingSize' in this.#config ? this.#config.embeddingSize : 0;
    return encodeRequest(batch, Math.max(hiddenSize, embedding), options);
  }

  async #measure(signal: AbortSignal | undefined): Promise<CostModel> {
    const { heads, replicas } = this.#parts;
    const run = (shards: Shards, text: TokenBatch) => shards.begin(this.#request(text, {})).result;
    const measured = await calibrate(
      {
        heads: (text) => run(heads!, text),
        alone: (text) => run(replicas[0]!, text),
        together: (text) => Promise.all(replicas.map((replica) => run(replica, text))),
      },
      this.#config.contextLength,
      signal,
    );
    return new CostModel(this.#config, replicas.length, measured);
  }
}

/** Times a call over so many texts, if nothing came in its way: other calls, hooks, failures. */
class Stopwatch {
  readonly #queue: CallQueue;
  readonly #start = performance.now();
  #left: number;
  #undisturbed: boolean;
  /** Milliseconds from its beginning to the end of its last text. */
  took: number | undefined;

  constructor(queue: CallQueue, texts: number) {
    this.#queue = queue;
    this.#left = texts;
    this.#undisturbed = queue.size === 1;
  }

  done(texts: number, { hooks, record }: EncodeOptions): void {
    this.#left -= texts;
    this.#undisturbed &&= this.#queue.size === 1 && !hooks && !record;
    if (this.#left === 0 && this.#undisturbed) this.took = performance.now() - this.#start;
  }
}

function lengthsOf({ offsets }: TokenBatch): number[] {
  return Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1]! - offsets[s]!);
}
