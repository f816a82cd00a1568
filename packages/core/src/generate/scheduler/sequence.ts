import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import type { Search } from '../search/search.ts';
import type { CachedSession } from './session-cache.ts';

/** A prompt to continue. */
export interface GenerationRequest {
  readonly search: Search;
  /** Encoder–decoders: ids of the source text. */
  readonly source?: Int32Array;
}

/** A token sequence and the cache slot that stores its keys and values. */
export interface Sequence {
  readonly slot: number;
  readonly ids: readonly number[];
  /** Number of leading ids whose keys and values the slot stores. */
  computed: number;
}

/** A running request: its slots and its sequences, one per beam. */
export class SequenceGroup {
  readonly request: GenerationRequest;
  readonly slots: readonly number[];
  /** Number of prompt tokens that were taken from the key-value cache. */
  readonly cachedTokens: number;
  sequences: Sequence[];

  constructor(request: GenerationRequest, slots: readonly number[], cachedTokens: number) {
    this.request = request;
    this.slots = slots;
    this.cachedTokens = cachedTokens;
    const [prompt] = request.search.live;
    this.sequences = [{ slot: slots[0]!, ids: prompt!.ids, computed: cachedTokens }];
  }

  /** Whether the logits after every sequence have been computed. */
  get ready(): boolean {
    return this.sequences.every(({ ids, computed }) => computed === ids.length);
  }

  /**
   * Replaces the sequences by those that the search continues. The first continuation of a sequence stays in its slot; further ones are
   * copied to slots of sequences that are not continued. Returns the copies, to be made at the same time.
   */
  followSearch({ prefixes }: CachedSession): SlotCopy[] {
    const parents = this.sequences;
    const used = new Set<number>();
    const inPlace: (Sequence | undefined)[] = this.request.search.live.map(({ ids, from }) => {
      const { slot, computed } = parents[from]!;
      if (used.has(slot)) return undefined;
      used.add(slot);
      return { slot, ids, computed };
    });
    const free = this.slots.filter((slot) => !used.has(slot));
    const copies: SlotCopy[] = [];
    this.sequences = inPlace.map((sequence, i) => {
      if (sequence) return sequence;
      const { ids, from } = this.request.search.live[i]!;
      const { slot: source, computed } = parents[from]!;
      const slot = free.shift()!;
      copies.push({ from: source, to: slot, length: computed });
      return { slot, ids, computed };
    });
    const sourceIds = copies.map(({ from }) => prefixes[from]!.ids);
    for (const [i, { to, length }] of copies.entries()) prefixes[to] = { ids: sourceIds[i]!, length };
    return copies;
  }
}

/** Length of the common prefix of two id lists, at most `limit`. */
export function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>, limit = Infinity): number {
  const end = Math.min(a.length, b.length, limit);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}
