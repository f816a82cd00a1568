import type { Backend, Offsets, Tensor, WeightType } from '../backend/backend.ts';
import { ConfigError, HeadwiseError } from '../errors.ts';
import { HookRunner } from '../hooks/hook-runner.ts';
import type { DecodeBatch, Decoder, DecoderCache } from '../models/decoders/decoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { ForwardContext, Steps } from '../nn/run/forward.ts';
import { runForward } from '../nn/run/run-forward.ts';
import type {
  DecodeCallOptions,
  DecodeResult,
  DecoderEngine,
  DecoderSession,
  DecodeStepOptions,
} from './decoder-engine.ts';
import type { EncodeOutput } from './encoder-engine.ts';
import { BackendRow } from './logits-row.ts';
import { SessionSlots } from './session-slots.ts';

const NONE = new Float32Array(0);

/** Runs a decoder in the calling thread. */
export class LocalDecoderEngine implements DecoderEngine {
  readonly name: string;
  readonly dtype: WeightType;
  readonly blocking = true;
  readonly #backend: Backend;
  readonly #decoder: Decoder;
  readonly #sessions = new Set<LocalSession>();
  #disposed = false;

  constructor(backend: Backend, decoder: Decoder, dtype: WeightType = 'f32') {
    this.name = backend.name;
    this.dtype = dtype;
    this.#backend = backend;
    this.#decoder = decoder;
  }

  /** Throws `ConfigError` unless slots and capacity are whole numbers of at least 1 and capacity fits the model's context length. */
  async openSession({ slots, capacity }: { slots: number; capacity: number }): Promise<DecoderSession> {
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    const { vocabSize, sourceVocabSize = vocabSize, contextLength } = this.#decoder;
    const sessionSlots = new SessionSlots({ slots, capacity, vocabSize, sourceVocabSize, contextLength });
    const cache = this.#decoder.openCache(this.#backend, slots, capacity);
    const session = new LocalSession(this.#backend, this.#decoder, sessionSlots, cache, () =>
      this.#sessions.delete(session),
    );
    this.#sessions.add(session);
    return session;
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const session of this.#sessions) await session.close();
    this.#decoder.dispose();
  }
}

class LocalSession implements DecoderSession {
  readonly slots: number;
  readonly capacity: number;
  readonly #backend: Backend;
  readonly #decoder: Decoder;
  readonly #slots: SessionSlots;
  readonly #onClose: () => void;
  #cache: DecoderCache | undefined;
  /** Logits of the last call with `rowsOnly`. */
  #logits: Tensor | undefined;

  constructor(
    backend: Backend,
    decoder: Decoder,
    sessionSlots: SessionSlots,
    cache: DecoderCache,
    onClose: () => void,
  ) {
    this.slots = sessionSlots.slots;
    this.capacity = sessionSlots.capacity;
    this.#backend = backend;
    this.#decoder = decoder;
    this.#slots = sessionSlots;
    this.#cache = cache;
    this.#onClose = onClose;
  }

  async decode(batch: DecodeBatch, options: DecodeStepOptions = {}): Promise<DecodeResult> {
    const { rows, copies, rowsOnly } = options;
    const cache = this.#requireCache(options);
    this.#slots.check(batch, options);
    this.#slots.begin(batch, copies);
    if (copies) cache.copy(copies);
    if (rowsOnly) {
      const count = rows?.length ?? batch.slots.length;
      const kept = this.#keepLogits(count);
      const { recorded } = this.#run(batch.offsets, options, (ctx) =>
        this.#decodeInto(kept, ctx, batch, cache, rows ?? lastRows(batch.offsets)),
      );
      this.#slots.end(batch);
      const row = (index: number) =>
        new BackendRow(this.#backend, this.#backend.rows(kept, index, index + 1));
      return { logits: { shape: [count, this.#decoder.vocabSize], data: NONE }, row, recorded };
    }
    const { result, recorded } = this.#run(batch.offsets, options, (ctx) =>
      decodeSteps(this.#decoder, ctx, batch, cache, rows),
    );
    this.#slots.end(batch);
    return { logits: result, recorded };
  }

  /** Runs a forward pass and leaves the logits in `to`. */
  *#decodeInto(
    to: Tensor,
    ctx: ForwardContext,
    batch: DecodeBatch,
    cache: DecoderCache,
    rows: Int32Array,
  ): Steps<void> {
    const logits = yield* this.#decoder.forward(ctx, batch, cache, rows);
    this.#backend.assign(this.#backend.rows(to, 0, rows.length), logits);
  }

  /** Memory for at least `count` rows of logits, which is kept until the session is closed. */
  #keepLogits(count: number): Tensor {
    const { vocabSize } = this.#decoder;
    if (this.#logits && this.#logits.shape[0]! >= count) return this.#logits;
    if (this.#logits) this.#backend.release(this.#logits);
    this.#logits = undefined;
    this.#logits = this.#backend.constant(new Float32Array(count * vocabSize), [count, vocabSize]);
    return this.#logits;
  }

  async encodeSource(batch: TokenBatch, slots: Int32Array, options: DecodeCallOptions = {}) {
    const cache = this.#requireCache(options);
    if (!this.#decoder.encodeSource) {
      throw new ConfigError('encodeSource: this model is no encoder–decoder and reads no source texts');
    }
    this.#slots.checkSources(batch, slots);
    this.#slots.beginSources(slots);
    const { recorded } = this.#run(batch.offsets, options, (ctx) =>
      encodeSourceSteps(this.#decoder, ctx, batch, cache, slots),
    );
    return { recorded };
  }

  async close(): Promise<void> {
    this.#cache?.release();
    this.#cache = undefined;
    if (this.#logits) this.#backend.release(this.#logits);
    this.#logits = undefined;
    this.#onClose();
  }

  #requireCache({ signal }: DecodeCallOptions): DecoderCache {
    signal?.throwIfAborted();
    if (!this.#cache) throw new HeadwiseError('ERR_DISPOSED', 'session: it was closed');
    return this.#cache;
  }

  #run<T>(offsets: Offsets, { hooks, record }: DecodeCallOptions, body: (ctx: ForwardContext) => Steps<T>) {
    const runner = new HookRunner(hooks, record);
    // Without hooks and recordings, activations need no names.
    const result = runForward(this.#backend, offsets, runner.patterns.length > 0 ? runner : undefined, body);
    return { result, recorded: runner.recorded };
  }
}

/** Row of each sequence's last token in the batch: the rows whose logits are computed by default. */
export function lastRows(offsets: Int32Array): Int32Array {
  return Int32Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1]! - 1);
}

/**
 * A decoder's forward pass over new tokens, also run by worker shards: next-token logits after the tokens in `rows`,
 * `[rows, vocabSize]`. A shard computes the columns of its range of the vocabulary.
 */
export function* decodeSteps(
  decoder: Decoder,
  ctx: ForwardContext,
  batch: DecodeBatch,
  cache: DecoderCache,
  rows: Int32Array = lastRows(batch.offsets),
): Steps<EncodeOutput> {
  const logits = yield* decoder.forward(ctx, batch, cache, rows);
  return { shape: logits.shape, data: ctx.backend.read(logits) };
}

/** Encodes source texts with an encoder–decoder, also run by worker shards. `ctx.offsets` are those of the batch. */
export function* encodeSourceSteps(
  decoder: Decoder,
  ctx: ForwardContext,
  batch: TokenBatch,
  cache: DecoderCache,
  slots: Int32Array,
): Steps<void> {
  yield* decoder.encodeSource!(ctx, batch, cache, slots);
}
