import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import type { Search } from '../search/search.ts';
import type { CachedSession } from './session-cache.ts';

/** A prompt that is to be continued. */
export interface GenerationRequest {
  readonly search: Search;
  /** Encoder–decoders: the text that is read first. */
  readonly source?: Int32Array;
}

/** A sequence that is being read or continued, and the slot that it lives in. */
export interface Sequence {
  readonly slot: number;
  readonly ids: readonly number[];
  /** How many of the ids the slot holds. */
  computed: number;
}

/** One job under way: the slots that it has, and its sequences. */
export class SequenceGroup {
  readonly request: GenerationRequest;
  readonly slots: readonly number[];
  /** Tokens that need not have been computed. */
  readonly cachedTokens: number;
  sequences: Sequence[];

  constructor(job: GenerationRequest, slots: readonly number[], cachedTokens: number) {
    this.request = job;
    this.slots = slots;
    this.cachedTokens = cachedTokens;
    const [first] = job.search.live;
    this.sequences = [{ slot: slots[0]!, ids: first!.ids, computed: cachedTokens }];
  }

  /** Whether all that the search has chosen has been computed. */
  get ready(): boolean {
    return this.sequences.every(({ ids, computed }) => computed === ids.length);
  }

  /**
   * Follows what the search has chosen: the first continuation of a sequence stays in its slot, further ones are copied to slots of
   * sequences that are not continued. Returns the copies, all of which are of what was there before any of them.
   */
  follow({ prefixes }: CachedSession): SlotCopy[] {
    const parents = this.sequences;
    const taken = new Set<number>();
    const lanes: (Sequence | undefined)[] = this.request.search.live.map(({ ids, from }) => {
      const { slot, computed } = parents[from]!;
      if (taken.has(slot)) return undefined;
      taken.add(slot);
      return { slot, ids, computed };
    });
    const free = this.slots.filter((slot) => !taken.has(slot));
    const copies: SlotCopy[] = [];
    this.sequences = lanes.map((lane, i) => {
      if (lane) return lane;
      const { ids, from } = this.request.search.live[i]!;
      const { slot: source, computed } = parents[from]!;
      const slot = free.shift()!;
      copies.push({ from: source, to: slot, length: computed });
      return { slot, ids, computed };
    });
    const before = copies.map(({ from }) => prefixes[from]!.ids);
    for (const [i, { to, length }] of copies.entries()) prefixes[to] = { ids: before[i]!, length };
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
