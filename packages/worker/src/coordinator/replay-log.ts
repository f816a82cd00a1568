import type { DecodeBatch, SessionSlots, SlotCopy, TokenBatch } from '@headwise/core/internal';
import { WorkerError } from '../errors.ts';

/** Tokens of a source of an encoder–decoder, and the frames or samples of one that is a sound. */
export type SourceTokens = Omit<TokenBatch, 'offsets'>;

/** What has to be computed again to restore a slot. */
export interface ReplayEntry {
  readonly slot: number;
  readonly source: SourceTokens | undefined;
  readonly ids: Int32Array;
}

interface SlotLog {
  /** Decoded tokens; the array may be longer. */
  ids: Int32Array;
  /** Length of the prefix that was decoded without hooks, and so can be replayed. */
  replayable: number;
  source: { readonly tokens: SourceTokens; readonly replayable: boolean } | undefined;
  /** Whether all workers have the keys and values of the decoded tokens, and of the source. */
  tokensCached: boolean;
  sourceCached: boolean;
}

/** Records the tokens of each slot of a session, to recompute keys and values that are lost with a worker. */
export class ReplayLog {
  readonly #slotTable: SessionSlots;
  #slots: readonly SlotLog[];

  constructor(slotTable: SessionSlots) {
    this.#slotTable = slotTable;
    this.#slots = Array.from({ length: slotTable.slots }, () => ({
      ids: new Int32Array(0),
      replayable: 0,
      source: undefined,
      tokensCached: true,
      sourceCached: true,
    }));
  }

  /** A worker has failed, and with it a part of the keys and values of all slots is lost. */
  markLost(): void {
    for (const slot of this.#slots) {
      slot.tokensCached = false;
      slot.sourceCached = false;
    }
  }

  /** What has to be replayed before a call. Throws `WorkerError` (`lost`) where hooks changed the lost keys and values. */
  entriesFor({ slots, starts }: DecodeBatch, copies: readonly SlotCopy[] = []): ReplayEntry[] {
    const neededLengths = new Map<number, number>();
    const need = (slot: number, length: number) =>
      neededLengths.set(slot, Math.max(length, neededLengths.get(slot) ?? 0));
    for (const { from, length } of copies) need(from, length);
    for (let s = 0; s < slots.length; s++)
      if (!copies.some(({ to }) => to === slots[s])) need(slots[s]!, starts[s]!);
    const entries: ReplayEntry[] = [];
    for (const [slot, length] of neededLengths) {
      const { ids, replayable, source, tokensCached, sourceCached } = this.#slots[slot]!;
      const lostTokens = tokensCached ? 0 : length;
      const lostSource = sourceCached ? undefined : source;
      if (lostTokens > replayable || (lostSource && !lostSource.replayable)) throw lostError(slot);
      // Keys and values depend on the source: tokens are replayed with it.
      if (lostSource || lostTokens > 0)
        entries.push({ slot, source: lostSource?.tokens, ids: ids.subarray(0, length) });
    }
    return entries;
  }

  /** The entry has been replayed. */
  markReplayed({ slot, ids }: ReplayEntry): void {
    Object.assign(this.#slots[slot]!, { tokensCached: true, sourceCached: true });
    this.#slotTable.keep(slot, ids.length);
  }

  /** Records a batch before it is decoded. `replayable`: without hooks. */
  beginDecode(
    { ids, offsets, slots, starts }: DecodeBatch,
    copies: readonly SlotCopy[] = [],
    replayable: boolean,
  ): void {
    const previous = this.#slots;
    this.#slots = previous.map((slot, index) => {
      const copy = copies.find(({ to }) => to === index);
      if (!copy) return slot;
      const from = previous[copy.from]!;
      return {
        ...from,
        ids: from.ids.slice(0, copy.length),
        replayable: Math.min(from.replayable, copy.length),
      };
    });
    for (let s = 0; s < slots.length; s++) {
      const slot = this.#slots[slots[s]!]!;
      const [start, newIds] = [starts[s]!, ids.subarray(offsets[s], offsets[s + 1])];
      const end = start + newIds.length;
      if (slot.ids.length < end) {
        // At least doubled, since generation appends one token at a time.
        const length = Math.min(this.#slotTable.capacity, Math.max(2 * slot.ids.length, end));
        const longer = new Int32Array(length);
        longer.set(slot.ids);
        slot.ids = longer;
      }
      slot.ids.set(newIds, start);
      slot.replayable = replayable && slot.replayable >= start ? end : Math.min(slot.replayable, start);
      slot.tokensCached = true;
      slot.sourceCached = true;
    }
  }

  /** Clears the slots before new sources are encoded: their tokens depended on the old ones. */
  beginSources(slots: Int32Array): void {
    for (const slot of slots) Object.assign(this.#slots[slot]!, { source: undefined, replayable: 0 });
  }

  /** Records sources that have been encoded. `replayable`: without hooks. */
  endSources(batch: TokenBatch, slots: Int32Array, replayable: boolean): void {
    const { ids, typeIds, offsets } = batch;
    for (let s = 0; s < slots.length; s++) {
      const range = [offsets[s]!, offsets[s + 1]!] as const;
      const tokens = {
        ids: ids.slice(...range),
        typeIds: typeIds.slice(...range),
        ...soundOf(batch, s),
      };
      Object.assign(this.#slots[slots[s]!]!, { source: { tokens, replayable }, sourceCached: true });
    }
  }
}

/** The sound of a sequence. */
function soundOf(
  { ids, offsets, frames, frameOffsets }: TokenBatch,
  s: number,
): Pick<TokenBatch, 'frames' | 'frameOffsets'> {
  if (!frames) return {};
  if (frameOffsets) {
    const samples = frames.slice(frameOffsets[s], frameOffsets[s + 1]);
    return { frames: samples, frameOffsets: Int32Array.of(0, samples.length) };
  }
  // As many values for each token.
  const width = frames.length / ids.length;
  return { frames: frames.slice(offsets[s]! * width, offsets[s + 1]! * width) };
}

function lostError(slot: number): WorkerError {
  return new WorkerError(
    'lost',
    `slot ${slot}: its keys and values were lost with a failed worker and cannot be recomputed, because hooks changed them`,
  );
}
