import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import { commonPrefix, type GenerationRequest, SequenceGroup } from './sequence.ts';
import type { CachedSession } from './session-cache.ts';

/** Most tokens of sources that are read together, unless one alone has more. */
const SOURCE_TOKENS = 512;

/** So many common tokens are worth waiting for until another sequence has read them. */
const WORTH_WAITING = 16;

/** Gives jobs their slots, in the order in which they came. */
export class SlotAllocator {
  readonly #held: CachedSession;
  readonly #waiting: GenerationRequest[];
  readonly #free: number[];

  constructor(held: CachedSession, jobs: readonly GenerationRequest[]) {
    this.#held = held;
    this.#waiting = [...jobs];
    this.#free = held.prefixes.map((_, slot) => slot);
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes slots back. */
  release({ slots }: SequenceGroup): void {
    this.#free.push(...slots);
  }

  /**
   * The jobs that can begin now, beside those that are under way, and the copies by which they come to what other slots have already read
   * of their beginnings. A job that begins like one which is just being read waits for that. `pending` are copies that the same forward
   * pass makes for others: what a slot holds by one of them still has to be taken from where it comes from.
   */
  next(
    running: readonly SequenceGroup[],
    pending: readonly SlotCopy[],
  ): { groups: SequenceGroup[]; copies: SlotCopy[] } {
    const groups: SequenceGroup[] = [];
    const copies: SlotCopy[] = [];
    let sourceTokens = 0;
    for (let job = this.#waiting[0]; job; job = this.#waiting[0]) {
      const { width, live } = job.search;
      if (this.#free.length < width) break;
      sourceTokens += job.source?.length ?? 0;
      if (groups.length > 0 && sourceTokens > SOURCE_TOKENS) break;
      const { ids } = live[0]!;
      // Sources differ, and with them all that a decoder has read. At least one token is to be computed: its logits are needed.
      const most = job.source ? 0 : ids.length - 1;
      const best = this.#longest(ids, most);
      const coming = [...running, ...groups].map((group) => commonPrefix(group.sequences[0]!.ids, ids, most));
      if (Math.max(0, ...coming) >= best.length + WORTH_WAITING) break;
      const slots = this.#take(width, best.slot);
      if (best.length > 0 && best.slot !== slots[0]) {
        const from = pending.find(({ to }) => to === best.slot)?.from ?? best.slot;
        copies.push({ from, to: slots[0]!, length: best.length });
      }
      this.#waiting.shift();
      groups.push(new SequenceGroup(job, slots, best.length));
    }
    for (const { slots, sequences } of groups)
      this.#held.prefixes[slots[0]!] = { ids: sequences[0]!.ids, length: sequences[0]!.computed };
    return { groups, copies };
  }

  /** The slot that holds most of the beginning of these ids. */
  #longest(ids: readonly number[], most: number): { slot: number; length: number } {
    let best = { slot: this.#free[0]!, length: 0 };
    for (const [slot, held] of this.#held.prefixes.entries()) {
      const length = commonPrefix(held.ids, ids, Math.min(most, held.length));
      if (length > best.length || (length === best.length && this.#free.includes(slot) && length > 0))
        best = { slot, length };
    }
    return best;
  }

  /** So many free slots, `wanted` first if it is free. */
  #take(count: number, wanted: number): number[] {
    const at = Math.max(0, this.#free.indexOf(wanted));
    const [first] = this.#free.splice(at, 1);
    return [first!, ...this.#free.splice(0, count - 1)];
  }
}
