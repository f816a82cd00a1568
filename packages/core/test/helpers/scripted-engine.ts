import {
  type DecodeBatch,
  type DecodeCallOptions,
  type DecodeResult,
  type DecoderEngine,
  type DecoderSession,
  type DecodeStepOptions,
  lastRows,
  SessionSlots,
  type TokenBatch,
} from '../../src/index.ts';

/** The logits of what follows these ids, after this source if there is one. */
export type Script = (ids: readonly number[], source: readonly number[] | undefined) => ArrayLike<number>;

/** One forward pass: how many new tokens of each sequence, and how many slots were copied. */
export interface ScriptedCall {
  readonly tokens: readonly number[];
  readonly copies: number;
}

export interface ScriptedOptions {
  readonly vocabSize: number;
  readonly contextLength?: number;
  /** Called before each forward pass, for tests of what happens in the middle. */
  readonly before?: () => void | Promise<void>;
}

/** An engine that computes nothing: a function says what follows. It checks every call as real ones do, and keeps count. */
export class ScriptedEngine implements DecoderEngine {
  readonly name = 'script';
  readonly blocking = true;
  readonly calls: ScriptedCall[] = [];
  /** How many tokens each source has, call by call. */
  readonly remembered: number[][] = [];
  /** Sessions that are open, and that were ever opened. */
  open = 0;
  opened: { slots: number; capacity: number }[] = [];
  #closed = false;
  readonly #script: Script;
  readonly #options: ScriptedOptions;

  constructor(script: Script, options: ScriptedOptions) {
    this.#script = script;
    this.#options = options;
  }

  /** New tokens of all calls. */
  get computed(): number {
    return this.calls.reduce((sum, { tokens }) => sum + tokens.reduce((a, b) => a + b, 0), 0);
  }

  async openSession({ slots, capacity }: { slots: number; capacity: number }): Promise<DecoderSession> {
    if (this.#closed) throw new Error('the engine was disposed of');
    const { vocabSize, contextLength = Infinity } = this.#options;
    const sessionSlots = new SessionSlots({ slots, capacity, vocabSize, contextLength });
    let held: readonly (readonly number[])[] = Array.from({ length: slots }, () => []);
    let sources: readonly (readonly number[] | undefined)[] = Array.from({ length: slots });
    let closed = false;
    this.open++;
    this.opened.push({ slots, capacity });
    return {
      slots,
      capacity,
      decode: async (batch: DecodeBatch, options: DecodeStepOptions = {}): Promise<DecodeResult> => {
        options.signal?.throwIfAborted();
        if (closed || this.#closed) throw new Error('the session was closed');
        const { copies = [], rows = lastRows(batch.offsets) } = options;
        sessionSlots.check(batch, options);
        sessionSlots.begin(batch, copies);
        await this.#options.before?.();
        const [before, read] = [held, sources];
        held = before.map((ids, slot) => {
          const copy = copies.find(({ to }) => to === slot);
          return copy ? before[copy.from]!.slice(0, copy.length) : ids;
        });
        sources = read.map(
          (source, slot) => read[copies.find(({ to }) => to === slot)?.from ?? slot] ?? source,
        );
        const logits: number[] = [];
        const ends: number[][] = [];
        for (const [s, slot] of batch.slots.entries()) {
          const ids = held[slot]!.slice(0, batch.starts[s]!);
          for (const id of batch.ids.subarray(batch.offsets[s], batch.offsets[s + 1])) {
            ids.push(id);
            ends.push([...ids]);
          }
          held = held.map((old, i) => (i === slot ? ids : old));
        }
        sessionSlots.end(batch);
        const sequenceOf = (row: number) => batch.offsets.findLastIndex((offset) => offset <= row);
        for (const row of rows)
          logits.push(...Array.from(this.#script(ends[row]!, sources[batch.slots[sequenceOf(row)]!])));
        this.calls.push({
          tokens: Array.from(batch.slots, (_, s) => batch.offsets[s + 1]! - batch.offsets[s]!),
          copies: copies.length,
        });
        const data = Float32Array.from(logits);
        return { logits: { shape: [rows.length, vocabSize], data }, recorded: new Map() };
      },
      encodeSource: async (batch: TokenBatch, slots: Int32Array, options: DecodeCallOptions = {}) => {
        options.signal?.throwIfAborted();
        sessionSlots.checkSources(batch, slots);
        this.remembered.push(Array.from(slots, (_, s) => batch.offsets[s + 1]! - batch.offsets[s]!));
        sources = sources.map((source, slot) => {
          const s = slots.indexOf(slot);
          return s < 0 ? source : Array.from(batch.ids.subarray(batch.offsets[s], batch.offsets[s + 1]));
        });
        return { recorded: new Map() };
      },
      close: async () => {
        if (!closed) this.open--;
        closed = true;
      },
    };
  }

  async dispose(): Promise<void> {
    this.#closed = true;
  }
}
