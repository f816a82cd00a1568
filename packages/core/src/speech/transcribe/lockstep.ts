import type {
  DecodeCallOptions,
  DecodeResult,
  DecoderSession,
  DecodeStepOptions,
} from '../../engine/decoder-engine.ts';
import type { DecodeBatch } from '../../models/decoders/decoder.ts';
import type { TokenBatch } from '../../models/token-batch.ts';

/** A call of a lane, which waits until all lanes have one. */
interface Call {
  /** A pass over tokens that may be computed together with those of other lanes. */
  readonly step?: Step;
  run(): Promise<void>;
  reject(error: unknown): void;
}

/** New tokens in slots of the whole session. */
interface Step {
  readonly batch: DecodeBatch;
  readonly rows: Int32Array;
  readonly options: DecodeStepOptions;
  resolve(result: DecodeResult): void;
}

/**
 * One session for several callers that take turns: each gets a lane, a session of some of the slots. When all open lanes wait for a call, those that
 * add tokens are computed in one forward pass, which reads the weights once; sources, and passes under hooks or with recordings, one by one before.
 */
export class Lockstep {
  readonly #session: DecoderSession;
  readonly #lanes = new Set<DecoderSession>();
  #calls: Call[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(session: DecoderSession) {
    this.#session = session;
  }

  /** Opens a lane of `slots` slots from `first` on. It must be closed, as the others wait for it. */
  open(first: number, slots: number): DecoderSession {
    const at = (slot: number) => first + slot;
    const lane: DecoderSession = {
      slots,
      capacity: this.#session.capacity,
      decode: (batch, options = {}) => this.#decode(shifted(batch, first), options, at),
      encodeSource: (batch, own, options) => this.#encode(batch, own.map(at), options),
      close: async () => {
        this.#lanes.delete(lane);
        this.#advance();
      },
    };
    this.#lanes.add(lane);
    return lane;
  }

  /** Rejects the calls that wait, and all later ones. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const call of this.#calls.splice(0)) call.reject(error);
  }

  #decode(
    batch: DecodeBatch,
    options: DecodeStepOptions,
    at: (slot: number) => number,
  ): Promise<DecodeResult> {
    const { copies, hooks, record, ...others } = options;
    const own = {
      ...others,
      ...(copies && {
        copies: copies.map(({ from, to, length }) => ({ from: at(from), to: at(to), length })),
      }),
    };
    if (hooks || record) {
      return this.#wait(() =>
        this.#session.decode(batch, { ...own, ...(hooks && { hooks }), ...(record && { record }) }),
      );
    }
    return new Promise((resolve, reject) => {
      const rows = own.rows ?? batch.offsets.subarray(1).map((offset) => offset - 1);
      const step = { batch, rows, options: own, resolve };
      this.#add({ step, reject, run: () => this.#together([step]) });
    });
  }

  #encode(batch: TokenBatch, slots: Int32Array, options: DecodeCallOptions | undefined) {
    return this.#wait(() => this.#session.encodeSource(batch, slots, options));
  }

  #wait<T>(start: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#add({ reject, run: async () => resolve(await start()) });
    });
  }

  #add(call: Call): void {
    if (this.#failure) {
      call.reject(this.#failure.error);
      return;
    }
    this.#calls.push(call);
    this.#advance();
  }

  /** While a call runs, its lane does not wait: calls never overlap. */
  #advance(): void {
    if (this.#calls.length === 0 || this.#calls.length < this.#lanes.size) return;
    const alone = this.#calls.find(({ step }) => !step);
    const run = alone ? [alone] : this.#calls;
    this.#calls = alone ? this.#calls.filter((call) => call !== alone) : [];
    const running = alone ? alone.run() : this.#together(run.map(({ step }) => step!));
    running.catch((error) => {
      for (const call of run) call.reject(error);
    });
  }

  async #together(steps: readonly Step[]): Promise<void> {
    const { batch, rows } = joined(steps);
    const copies = steps.flatMap(({ options }) => options.copies ?? []);
    // All lanes have the signal of one call.
    const { signal } = steps[0]!.options;
    const { logits, recorded } = await this.#session.decode(batch, {
      rows,
      ...(copies.length > 0 && { copies }),
      ...(signal && { signal }),
    });
    const width = logits.shape[1]!;
    let from = 0;
    for (const { rows, resolve } of steps) {
      const to = from + rows.length;
      const data = logits.data.subarray(from * width, to * width);
      resolve({ logits: { shape: [rows.length, width], data }, recorded });
      from = to;
    }
  }
}

function shifted(batch: DecodeBatch, first: number): DecodeBatch {
  return { ...batch, slots: batch.slots.map((slot) => first + slot) };
}

/** The sequences of all steps as one batch, and the rows whose logits they need. */
function joined(steps: readonly Step[]): { batch: DecodeBatch; rows: Int32Array } {
  const offsets = [0];
  const rows: number[] = [];
  for (const { batch, rows: own } of steps) {
    const before = offsets.at(-1)!;
    for (const row of own) rows.push(before + row);
    for (const offset of batch.offsets.subarray(1)) offsets.push(before + offset);
  }
  const all = (select: (batch: DecodeBatch) => Int32Array) =>
    Int32Array.from(steps.flatMap(({ batch }) => [...select(batch)]));
  return {
    batch: {
      ids: all(({ ids }) => ids),
      offsets: Int32Array.from(offsets),
      slots: all(({ slots }) => slots),
      starts: all(({ starts }) => starts),
    },
    rows: Int32Array.from(rows),
  };
}
