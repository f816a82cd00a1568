import type { Backend, Offsets } from '../backend/backend.ts';
import { ConfigError, HeadwiseError } from '../errors.ts';
import { HookRunner } from '../hooks/hook-runner.ts';
import type { DecodeBatch, Decoder, DecoderCache } from '../models/decoders/decoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { ForwardContext } from '../nn/run/forward-context.ts';
import { runForward } from '../nn/run/run-forward.ts';
import type { Steps } from '../nn/run/steps.ts';
import { decodeSteps, encodeSourceSteps } from './decode-steps.ts';
import type {
  DecodeCallOptions,
  DecodeResult,
  DecoderEngine,
  DecoderSession,
  DecodeStepOptions,
} from './decoder-engine.ts';
import { SessionSlots } from './session-slots.ts';

/** Runs a decoder in this thread. */
export class LocalDecoderEngine implements DecoderEngine {
  readonly name: string;
  readonly blocking = true;
  readonly #backend: Backend;
  readonly #decoder: Decoder;
  readonly #sessions = new Set<LocalSession>();
  #disposed = false;

  constructor(backend: Backend, decoder: Decoder) {
    this.name = backend.name;
    this.#backend = backend;
    this.#decoder = decoder;
  }

  /** Throws `ConfigError` for more tokens than the model can read, and for what is no number of slots or tokens. */
  async openSession({ slots, capacity }: { slots: number; capacity: number }): Promise<DecoderSession> {
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    const { vocabSize, sourceVocabSize = vocabSize, contextLength } = this.#decoder;
    const ledger = new SessionSlots({ slots, capacity, vocabSize, sourceVocabSize, contextLength });
    const cache = this.#decoder.openCache(this.#backend, slots, capacity);
    const session = new LocalSession(this.#backend, this.#decoder, ledger, cache, () =>
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
  readonly #ledger: SessionSlots;
  readonly #onClose: () => void;
  #cache: DecoderCache | undefined;

  constructor(
    backend: Backend,
    decoder: Decoder,
    ledger: SessionSlots,
    cache: DecoderCache,
    onClose: () => void,
  ) {
    this.slots = ledger.slots;
    this.capacity = ledger.capacity;
    this.#backend = backend;
    this.#decoder = decoder;
    this.#ledger = ledger;
    this.#cache = cache;
    this.#onClose = onClose;
  }

  async decode(batch: DecodeBatch, options: DecodeStepOptions = {}): Promise<DecodeResult> {
    const { rows, copies } = options;
    const cache = this.#open(options);
    this.#ledger.check(batch, options);
    this.#ledger.begin(batch, copies);
    if (copies) cache.copy(copies);
    const { result, recorded } = this.#run(batch.offsets, options, (ctx) =>
      decodeSteps(this.#decoder, ctx, batch, cache, rows),
    );
    this.#ledger.end(batch);
    return { logits: result, recorded };
  }

  async encodeSource(batch: TokenBatch, slots: Int32Array, options: DecodeCallOptions = {}) {
    const cache = this.#open(options);
    if (!this.#decoder.encodeSource) {
      throw new ConfigError('encodeSource: this model is no encoder–decoder and reads no source texts');
    }
    this.#ledger.checkSources(batch, slots);
    this.#ledger.beginSources(slots);
    const { recorded } = this.#run(batch.offsets, options, (ctx) =>
      encodeSourceSteps(this.#decoder, ctx, batch, cache, slots),
    );
    return { recorded };
  }

  async close(): Promise<void> {
    this.#cache?.release();
    this.#cache = undefined;
    this.#onClose();
  }

  #open({ signal }: DecodeCallOptions): DecoderCache {
    signal?.throwIfAborted();
    if (!this.#cache) throw new HeadwiseError('ERR_DISPOSED', 'session: it was closed');
    return this.#cache;
  }

  #run<T>(offsets: Offsets, { hooks, record }: DecodeCallOptions, body: (ctx: ForwardContext) => Steps<T>) {
    const watch = new HookRunner(hooks, record);
    // A pass that nobody watches has less to do.
    const watched = watch.patterns.length > 0 ? watch : undefined;
    const result = runForward(this.#backend, offsets, watched, body);
    return { result, recorded: watch.recorded };
  }
}
