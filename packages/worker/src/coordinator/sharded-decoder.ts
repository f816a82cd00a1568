import { type Checkpoint, type DecoderEngine, type DecoderSession, SessionSlots } from '@headwise/core';
import type { GeneratorPlan } from '../protocol.ts';
import { CallQueue } from './call-queue.ts';
import { ShardedSession } from './sharded-session.ts';
import { disposed, Shards, type ShardsOptions } from './shards.ts';

/** Calls that may wait. A model's own tasks wait for each other before they call, so that they never come near it. */
const MAX_QUEUE = 4096;

/** Runs a decoder, or an encoder–decoder, spread over workers: every shard keeps the keys and values of its own heads. */
export class ShardedDecoderEngine implements DecoderEngine {
  readonly blocking = false;
  readonly #shards: Shards;
  readonly #plan: GeneratorPlan;
  readonly #queue = new CallQueue(MAX_QUEUE);
  #sessions = 0;

  private constructor(shards: Shards, plan: GeneratorPlan) {
    this.#shards = shards;
    this.#plan = plan;
  }

  /** Starts workers and has each read its share of the weights. If anything fails, all are stopped. */
  static async start(
    plan: GeneratorPlan,
    checkpoint: Checkpoint,
    options: ShardsOptions,
    signal?: AbortSignal,
  ): Promise<ShardedDecoderEngine> {
    return new ShardedDecoderEngine(await Shards.start(plan, checkpoint, options, signal), plan);
  }

  get name(): string {
    return this.#shards.name;
  }

  /** Throws `ConfigError` for more tokens than the model can read, and for what is no number of slots or tokens. */
  async openSession({ slots, capacity }: { slots: number; capacity: number }): Promise<DecoderSession> {
    const { kind, config } = this.#plan;
    const { vocabSize, hiddenSize, contextLength } = config;
    const sourceVocabSize = kind === 'seq2seq' ? config.sourceVocabSize : vocabSize;
    return ShardedSession.open({
      shards: this.#shards,
      queue: this.#queue,
      ledger: new SessionSlots({ slots, capacity, vocabSize, sourceVocabSize, contextLength }),
      context: {
        message: { session: this.#sessions++, slots, capacity },
        homes: new WeakSet(),
        shards: this.#shards.size,
        vocabSize,
        hiddenSize,
      },
      readsSources: kind === 'seq2seq',
    });
  }

  async dispose(): Promise<void> {
    this.#queue.close(disposed());
    await this.#shards.dispose();
  }
}
