import type { DecodeBatch, SessionSlots, SlotCopy, TokenBatch } from '@headwise/core';
import { WorkerError } from '../errors.ts';

/** A text that an encoder–decoder reads. */
export interface Source {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
}

/** What has to be read again before a slot is what it was. */
export interface ReplayEntry {
  readonly slot: number;
  readonly source: Source | undefined;
  readonly ids: Int32Array;
}

interface Slot {
  ids: Int32Array;
  /** How many of the tokens were read without hooks, and can be read again. */
  plain: number;
  source: { readonly text: Source; readonly plain: boolean } | undefined;
  /** Whether the workers have what the slot holds: its tokens, its source. */
  tokensThere: boolean;
  sourceThere: boolean;
}

/** Remembers what the slots of a session have read, so that workers that take the place of others can read it again. */
export class ReplayLog {
  readonly #ledger: SessionSlots;
  #slots: readonly Slot[];

  constructor(ledger: SessionSlots) {
    this.#ledger = ledger;
    this.#slots = Array.from({ length: ledger.slots }, () => ({
      ids: new Int32Array(0),
      plain: 0,
      source: undefined,
      tokensThere: true,
      sourceThere: true,
    }));
  }

  /** A worker with its part of all slots is gone. */
  lose(): void {
    for (const slot of this.#slots) {
      slot.tokensThere = false;
      slot.sourceThere = false;
    }
  }

  /** What a call needs that is not there. Throws `WorkerError` for what hooks had a part in: it can't be had again. */
  missing({ slots, starts }: DecodeBatch, copies: readonly SlotCopy[] = []): ReplayEntry[] {
    const needed = new Map<number, number>();
    const need = (slot: number, length: number) => needed.set(slot, Math.max(length, needed.get(slot) ?? 0));
    for (const { from, length } of copies) need(from, length);
    for (let s = 0; s < slots.length; s++)
      if (!copies.some(({ to }) => to === slots[s])) need(slots[s]!, starts[s]!);
    const rereadings: ReplayEntry[] = [];
    for (const [slot, length] of needed) {
      const { ids, plain, source, tokensThere, sourceThere } = this.#slots[slot]!;
      const tokens = tokensThere ? 0 : length;
      const text = sourceThere ? undefined : source;
      if (tokens > plain || (text && !text.plain)) throw lost(slot);
      // What comes after a source that is read again was made of it, and is read again too.
      if (text || tokens > 0) rereadings.push({ slot, source: text?.text, ids: ids.subarray(0, length) });
    }
    return rereadings;
  }

  /** It has been read again. */
  reread({ slot, ids }: ReplayEntry): void {
    Object.assign(this.#slots[slot]!, { tokensThere: true, sourceThere: true });
    this.#ledger.keep(slot, ids.length);
  }

  /** A call begins; `plain` if no hooks are part of it. */
  begin(
    { ids, offsets, slots, starts }: DecodeBatch,
    copies: readonly SlotCopy[] = [],
    plain: boolean,
  ): void {
    const before = this.#slots;
    this.#slots = before.map((slot, index) => {
      const copy = copies.find(({ to }) => to === index);
      if (!copy) return slot;
      const from = before[copy.from]!;
      return { ...from, ids: from.ids.slice(0, copy.length), plain: Math.min(from.plain, copy.length) };
    });
    for (let s = 0; s < slots.length; s++) {
      const slot = this.#slots[slots[s]!]!;
      const [start, news] = [starts[s]!, ids.subarray(offsets[s], offsets[s + 1])];
      const end = start + news.length;
      if (slot.ids.length < end) {
        // Room for more than is needed now: generating adds one at a time.
        const longer = new Int32Array(Math.min(this.#ledger.capacity, Math.max(2 * slot.ids.length, end)));
        longer.set(slot.ids);
        slot.ids = longer;
      }
      slot.ids.set(news, start);
      slot.plain = plain && slot.plain >= start ? end : Math.min(slot.plain, start);
      slot.tokensThere = true;
      slot.sourceThere = true;
    }
  }

  /** Sources are about to be read: until they are, the slots have none, and what they held was made of others. */
  beginSources(slots: Int32Array): void {
    for (const slot of slots) Object.assign(this.#slots[slot]!, { source: undefined, plain: 0 });
  }

  /** They have been read; `plain` if no hooks were part of it. */
  endSources({ ids, typeIds, offsets }: TokenBatch, slots: Int32Array, plain: boolean): void {
    for (let s = 0; s < slots.length; s++) {
      const range = [offsets[s]!, offsets[s + 1]!] as const;
      const text = { ids: ids.slice(...range), typeIds: typeIds.slice(...range) };
      Object.assign(this.#slots[slots[s]!]!, { source: { text, plain }, sourceThere: true });
    }
  }
}

function lost(slot: number): WorkerError {
  return new WorkerError(
    'lost',
    `slot ${slot} went with a worker that failed, and cannot be read again because hooks had a part in it`,
  );
}
