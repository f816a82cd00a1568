import {
  type BackendChoice,
  type Checkpoint,
  type EncodeOptions,
  type EncodeResult,
  type EncoderConfig,
  type Engine,
  HeadwiseError,
  type TokenBatch,
  Watch,
} from '@headwise/core';
import { WorkerError } from '../errors.ts';
import { outcomeOf } from '../outcome.ts';
import type { CoordinatorApi } from '../protocol.ts';
import { HookTable } from './hook-table.ts';
import { ShardWorker } from './shard-worker.ts';

/**
 * Runs an encoder spread over workers (Megatron-LM's scheme, Shoeybi et al. 2019): each owns the weights of its heads, its
 * feed-forward units and its rows of the vocabulary, computes a part of every half block's output, and adds up all parts with the
 * others. Only activations travel.
 */
export class ShardedEngine implements Engine {
  readonly #workers: ShardWorker[] = [];
  readonly #checkpoint: Checkpoint;
  #backend = '';
  #hooks: HookTable | undefined;
  #call = 0;
  /** The call that is running: shards compute one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #ended: Error | undefined;

  private constructor(count: number, checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    const ports = meshOf(count);
    for (let index = 0; index < count; index++) {
      const shard = { index, count };
      const fail = (error: Error) => void this.#end(error);
      this.#workers.push(new ShardWorker(shard, ports[index]!, this.#coordinator(), fail));
    }
  }

  /** Starts `count` workers and has each read its share of the weights. If anything fails, all are stopped. */
  static async start(
    count: number,
    config: EncoderConfig,
    checkpoint: Checkpoint,
    backend: BackendChoice,
    signal?: AbortSignal,
  ): Promise<ShardedEngine> {
    signal?.throwIfAborted();
    const engine = new ShardedEngine(count, checkpoint);
    const abort = () => void engine.#end(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const tensors = checkpoint.names.map((name) => [name, checkpoint.info(name)] as const);
      const loaded = await Promise.all(
        engine.#workers.map((worker) => worker.call((api) => api.load({ config, backend, tensors }))),
      );
      engine.#backend = loaded[0]!.backend;
      return engine;
    } catch (error) {
      await engine.#end(new WorkerError('the workers were stopped because loading failed'));
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get name(): string {
    const count = this.#workers.length;
    return `${this.#backend} × ${count} worker${count === 1 ? '' : 's'}`;
  }

  encode(batch: TokenBatch, options: EncodeOptions = {}): Promise<EncodeResult> {
    const { signal } = options;
    const turn = this.#last.then(() => {
      signal?.throwIfAborted();
      return this.#encode(batch, options);
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async dispose(): Promise<void> {
    await this.#end(new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of'));
  }

  async #encode(batch: TokenBatch, { hooks, record, signal }: EncodeOptions): Promise<EncodeResult> {
    if (this.#ended) throw this.#ended;
    const call = this.#call++;
    const watch = new Watch(hooks, record);
    const table = new HookTable(watch);
    this.#hooks = table;
    const cancel = () => {
      for (const worker of this.#workers) worker.cancel(call);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    const outcomes = await Promise.allSettled(
      this.#workers.map((worker) =>
        worker.call((api) => api.encode({ call, batch, watched: watch.patterns })),
      ),
    );
    signal?.removeEventListener('abort', cancel);
    this.#hooks = undefined;
    signal?.throwIfAborted();
    if (table.failure !== undefined) throw table.failure;
    const failures = outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map(({ reason }) => reason as Error);
    if (failures.length > 0) {
      // Those that only waited for the one that failed say nothing of the cause.
      throw failures.find((error) => !(error instanceof WorkerError)) ?? failures[0];
    }
    watch.checkAllMatched();
    const first = outcomes[0];
    const embeddings = first?.status === 'fulfilled' ? first.value : undefined;
    if (!embeddings) throw new WorkerError('the first worker sent no result');
    return { embeddings, recorded: watch.recorded };
  }

  async #end(error: Error): Promise<void> {
    this.#ended ??= error;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #coordinator(): CoordinatorApi {
    return Object.assign(Object.create(null), {
      readTensor: (name, slice) =>
        outcomeOf(
          async () => {
            const { dtype, shape, bytes } = await this.#checkpoint.read(name, slice);
            // A copy that can be given away: what is read may be a view of the whole file.
            return { dtype, shape, bytes: new Uint8Array(bytes) };
          },
          ({ bytes }) => [bytes.buffer],
        ),
      show: (call, _shard, { name, shape, data, held }) =>
        outcomeOf(() => {
          if (!this.#hooks || call !== this.#call - 1) throw new WorkerError('this call has ended');
          return this.#hooks.show(name, shape, data, held);
        }),
    } satisfies CoordinatorApi);
  }
}

/** A channel between each two of `count` shards: `result[a][b]` is a's port to b. */
function meshOf(count: number): (MessagePort | null)[][] {
  const ports: (MessagePort | null)[][] = Array.from({ length: count }, () => Array(count).fill(null));
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a]![b] = port1;
      ports[b]![a] = port2;
    }
  }
  return ports;
}
