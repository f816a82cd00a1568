import {
  ArrayRow,
  type DecodeBatch,
  type DecodeCallOptions,
  type DecodeResult,
  type DecoderEngine,
  type DecoderSession,
  type DecodeStepOptions,
  lastRows,
  SessionSlots,
  type TokenBatch,
} from '../../src/internal.ts';
/** Next-token logits after these ids, given this source if there is one. */
export type Script = (ids: readonly number[], source: readonly number[] | undefined) => ArrayLike<number>;

/** One forward pass: number of new tokens of each sequence, and of copied slots. */
export interface ScriptedCall {
  readonly tokens: readonly number[];
  readonly copies: number;
}

export interface ScriptedOptions {
  readonly vocabSize: number;
  readonly contextLength?: number;
  /** Called before each forward pass. */
  readonly before?: () => void | Promise<void>;
}

/** A test engine whose logits come from a function. It validates calls as the real engines do, and counts them. */
export class ScriptedEngine implements DecoderEngine {
  readonly name = 'script';
  readonly blocking = true;
  readonly calls: ScriptedCall[] = [];
  /** Number of tokens of each source, by call of `encodeSource`. */
  readonly encodedSources: number[][] = [];
  /** Number of open sessions. */
  open = 0;
  /** All sessions that were opened. */
  opened: { slots: number; capacity: number }[] = [];
  #closed = false;
  readonly #script: Script;
  readonly #options: ScriptedOptions;

  constructor(script: Script, options: ScriptedOptions) {
    this.#script = script;
    this.#options = options;
  }

  /** Number of new tokens in all forward passes. */
  get computed(): number {
    return this.calls.reduce((sum, { tokens }) => sum + tokens.reduce((a, b) => a + b, 0), 0);
  }

  async openSession({ slots, capacity }: { slots: number; capacity: number }): Promise<DecoderSession> {
    if (this.#closed) throw new Error('the engine was disposed of');
    const { vocabSize, contextLength = Infinity } = this.#options;
    const sessionSlots = new SessionSlots({ slots, capacity, vocabSize, contextLength });
    let slotIds: readonly (readonly number[])[] = Array.from({ length: slots }, () => []);
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
        const [before, sourcesBefore] = [slotIds, sources];
        slotIds = before.map((ids, slot) => {
          const copy = copies.find(({ to }) => to === slot);
          return copy ? before[copy.from]!.slice(0, copy.length) : ids;
        });
        sources = sourcesBefore.map(
          (source, slot) => sourcesBefore[copies.find(({ to }) => to === slot)?.from ?? slot] ?? source,
        );
        const logits: number[] = [];
        const ends: number[][] = [];
        for (const [s, slot] of batch.slots.entries()) {
          const ids = slotIds[slot]!.slice(0, batch.starts[s]!);
          for (const id of batch.ids.subarray(batch.offsets[s], batch.offsets[s + 1])) {
            ids.push(id);
            ends.push([...ids]);
          }
          slotIds = slotIds.map((old, i) => (i === slot ? ids : old));
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
        const row = (i: number) => new ArrayRow(data.subarray(i * vocabSize, (i + 1) * vocabSize));
        return { logits: { shape: [rows.length, vocabSize], data }, row, recorded: new Map() };
      },
      encodeSource: async (batch: TokenBatch, slots: Int32Array, options: DecodeCallOptions = {}) => {
        options.signal?.throwIfAborted();
        sessionSlots.checkSources(batch, slots);
        this.encodedSources.push(Array.from(slots, (_, s) => batch.offsets[s + 1]! - batch.offsets[s]!));
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
