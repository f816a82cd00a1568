import type { SlotCopy } from '../nn/cache.ts';
import type { HeldSession } from './held-session.ts';
import type { Search } from './search.ts';

/** A prompt that is to be continued. */
export interface Job {
  readonly search: Search;
  /** Encoder–decoders: the text that is read first. */
  readonly source?: Int32Array;
}

/** A sequence that is being read or continued, and the slot that it lives in. */
export interface Lane {
  readonly slot: number;
  readonly ids: readonly number[];
  /** How many of the ids the slot holds. */
  computed: number;
}

/** One job under way: the slots that it has, and its sequences. */
export class Group {
  readonly job: Job;
  readonly slots: readonly number[];
  /** Tokens that need not have been computed. */
  readonly cachedTokens: number;
  lanes: Lane[];

  constructor(job: Job, slots: readonly number[], cachedTokens: number) {
    this.job = job;
    this.slots = slots;
    this.cachedTokens = cachedTokens;
    const [first] = job.search.live;
    this.lanes = [{ slot: slots[0]!, ids: first!.ids, computed: cachedTokens }];
  }

  /** Whether all that the search has chosen has been computed. */
  get ready(): boolean {
    return this.lanes.every(({ ids, computed }) => computed === ids.length);
  }

  /**
   * Follows what the search has chosen: the first continuation of a sequence stays in its slot, further ones are copied to slots of
   * sequences that are not continued. Returns the copies, all of which are of what was there before any of them.
   */
  follow({ held }: HeldSession): SlotCopy[] {
    const parents = this.lanes;
    const taken = new Set<number>();
    const lanes: (Lane | undefined)[] = this.job.search.live.map(({ ids, from }) => {
      const { slot, computed } = parents[from]!;
      if (taken.has(slot)) return undefined;
      taken.add(slot);
      return { slot, ids, computed };
    });
    const free = this.slots.filter((slot) => !taken.has(slot));
    const copies: SlotCopy[] = [];
    this.lanes = lanes.map((lane, i) => {
      if (lane) return lane;
      const { ids, from } = this.job.search.live[i]!;
      const { slot: source, computed } = parents[from]!;
      const slot = free.shift()!;
      copies.push({ from: source, to: slot, length: computed });
      return { slot, ids, computed };
    });
    const before = copies.map(({ from }) => held[from]!.ids);
    for (const [i, { to, length }] of copies.entries()) held[to] = { ids: before[i]!, length };
    return copies;
  }
}

/** How many ids, up to `most`, are the same at the beginning of both. */
export function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>, most = Infinity): number {
  const end = Math.min(a.length, b.length, most);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}
