import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import { commonPrefix, type GenerationRequest, SequenceGroup } from './sequence.ts';
import type { CachedSession } from './session-cache.ts';

/** Maximum source tokens per encoder pass, unless a single source is longer. */
const SOURCE_TOKENS = 512;

/** A request waits for another one that is computing at least this many more tokens of its prompt than the cache has. */
const MIN_SHARED_TOKENS = 16;

/** Assigns cache slots to requests, first come, first served. */
export class SlotAllocator {
  readonly #session: CachedSession;
  readonly #waiting: GenerationRequest[];
  readonly #free: number[];

  constructor(session: CachedSession, requests: readonly GenerationRequest[]) {
    this.#session = session;
    this.#waiting = [...requests];
    this.#free = session.prefixes.map((_, slot) => slot);
  }

  /** Whether all requests have been started. */
  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  release({ slots }: SequenceGroup): void {
    for (const slot of slots) this.#free.push(slot);
  }

  /**
   * Starts the requests for which slots are free. Returns their groups, and the copies that bring cached prefixes into their slots. A
   * request that shares a prefix with a running group waits until that prefix is computed. `pending` are copies of the same forward
   * pass: a slot that is the target of one of them is replaced by its source.
   */
  allocate(
    running: readonly SequenceGroup[],
    pending: readonly SlotCopy[],
  ): { groups: SequenceGroup[]; copies: SlotCopy[] } {
    const groups: SequenceGroup[] = [];
    const copies: SlotCopy[] = [];
    let sourceTokens = 0;
    for (let request = this.#waiting[0]; request; request = this.#waiting[0]) {
      const { width, live } = request.search;
      if (this.#free.length < width) break;
      sourceTokens += request.source?.length ?? 0;
      if (groups.length > 0 && sourceTokens > SOURCE_TOKENS) break;
      const { ids } = live[0]!;
      // With a source, keys and values depend on it and are never shared. The last token is always computed: its logits are needed.
      const limit = request.source ? 0 : ids.length - 1;
      const cached = this.#longestPrefix(ids, limit);
      const shared = [...running, ...groups].map((group) =>
        commonPrefix(group.sequences[0]!.ids, ids, limit),
      );
      if (Math.max(0, ...shared) >= cached.length + MIN_SHARED_TOKENS) break;
      const slots = this.#claimSlots(width, cached.slot);
      if (cached.length > 0 && cached.slot !== slots[0]) {
        const from = pending.find(({ to }) => to === cached.slot)?.from ?? cached.slot;
        copies.push({ from, to: slots[0]!, length: cached.length });
      }
      this.#waiting.shift();
      groups.push(new SequenceGroup(request, slots, cached.length));
    }
    for (const { slots, sequences } of groups)
      this.#session.prefixes[slots[0]!] = { ids: sequences[0]!.ids, length: sequences[0]!.computed };
    return { groups, copies };
  }

  /** The slot that stores the longest prefix of these ids; among equals a free one. */
  #longestPrefix(ids: readonly number[], limit: number): { slot: number; length: number } {
    let best = { slot: this.#free[0]!, length: 0 };
    for (const [slot, prefix] of this.#session.prefixes.entries()) {
      const length = commonPrefix(prefix.ids, ids, Math.min(limit, prefix.length));
      if (length > best.length || (length === best.length && this.#free.includes(slot) && length > 0))
        best = { slot, length };
    }
    return best;
  }

  /** Removes `count` slots from the free ones, `preferred` first if it is free. */
  #claimSlots(count: number, preferred: number): number[] {
    const at = Math.max(0, this.#free.indexOf(preferred));
    const [first] = this.#free.splice(at, 1);
    return [first!, ...this.#free.splice(0, count - 1)];
  }
}
