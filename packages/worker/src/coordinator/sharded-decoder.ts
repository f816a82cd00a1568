import type { Checkpoint, WeightType } from '@headwise/core';
import { type DecoderEngine, type DecoderSession, Queue, SessionSlots } from '@headwise/core/internal';
import type { GeneratorPlan } from '../protocol.ts';
import { ShardedSession } from './sharded-session.ts';
import { disposedError, Shards } from './shards.ts';
import type { ShardsOptions } from './shards-options.ts';

/** Largest number of waiting calls. `CausalLM` and `Seq2SeqLM` have their own queues and never reach it. */
const MAX_WAITING = 4096;

/** Runs a decoder or an encoder–decoder sharded over workers. Each shard caches the keys and values of its own heads. */
export class ShardedDecoderEngine implements DecoderEngine {
  readonly blocking = false;
  readonly #shards: Shards;
  readonly #plan: GeneratorPlan;
  readonly #queue = new Queue({ maxWaiting: MAX_WAITING });
  #sessionCount = 0;

  private constructor(shards: Shards, plan: GeneratorPlan) {
    this.#shards = shards;
    this.#plan = plan;
  }

  /** Starts the workers and loads the weights. On failure, all workers are terminated. */
  static async start(
    plan: GeneratorPlan,
    checkpoint: Checkpoint,
    options: ShardsOptions,
    signal?: AbortSignal,
  ): Promise<ShardedDecoderEngine> {
    return new ShardedDecoderEngine(await Shards.load(plan, checkpoint, options, signal), plan);
  }

  get name(): string {
    return this.#shards.name;
  }

  get dtype(): WeightType {
    return this.#shards.dtype;
  }

  /** Throws `ConfigError` when `capacity` exceeds the model's context length, or when `slots` or `capacity` is not a positive integer. */
  async openSession({ slots, capacity }: { slots: number; capacity: number }): Promise<DecoderSession> {
    const { kind, config } = this.#plan;
    const { vocabSize, hiddenSize, contextLength } = config;
    const sourceVocabSize = kind === 'seq2seq' ? config.sourceVocabSize : vocabSize;
    return ShardedSession.open({
      shards: this.#shards,
      queue: this.#queue,
      slotTable: new SessionSlots({ slots, capacity, vocabSize, sourceVocabSize, contextLength }),
      context: {
        message: { session: this.#sessionCount++, slots, capacity },
        openWorkers: new WeakSet(),
        shards: this.#shards.size,
        vocabSize,
        hiddenSize,
      },
      hasEncoder: kind === 'seq2seq',
    });
  }

  async dispose(): Promise<void> {
    this.#queue.close(disposedError());
    await this.#shards.dispose();
  }
}
