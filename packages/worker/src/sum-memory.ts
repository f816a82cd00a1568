/**
 * The memory through which shards add up their parts, as both sides see it.
 *
 * A head of 32-bit words, each on a cache line of its own: how many arrivals there were at all meetings, and how many meetings are over,
 * which those who wait sleep on. Then two slots of floats for each shard, which take turns from sum to sum: whoever writes its part
 * of sum r + 2 has met all others in sum r + 1, so all are done with sum r.
 */
export class SumMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #shards: number;
  /** Floats that a slot holds. */
  readonly capacity: number;

  constructor(buffer: SharedArrayBuffer, shards: number) {
    this.buffer = buffer;
    this.#shards = shards;
    this.#words = new Int32Array(buffer, 0, HEAD_WORDS);
    this.capacity = (buffer.byteLength / 4 - HEAD_WORDS) / (2 * shards);
  }

  /** New memory for sums of up to `capacity` floats. */
  static allocate(shards: number, capacity: number): SumMemory {
    return new SumMemory(new SharedArrayBuffer(4 * (HEAD_WORDS + 2 * shards * capacity)), shards);
  }

  /** Makes it ready for the next call. Nobody may be using it. */
  reset(): void {
    this.#words.fill(0);
  }

  slot(shard: number, round: number, length: number): Float32Array {
    const index = shard * 2 + (round & 1);
    return new Float32Array(this.buffer, 4 * (HEAD_WORDS + index * this.capacity), length);
  }

  /**
   * Waits until all shards have come to this meeting, the first of a call being 0: returns how often it looked before that was so, at least
   * `spins` times if it had to sleep; or until the call is cancelled: undefined. Not for a page's main thread. Only whoever comes last
   * wakes the others, and each of them wakes once.
   */
  meet(meeting: number, spins: number): number | undefined {
    if (Atomics.add(this.#words, ARRIVED, 1) + 1 === this.#shards * (meeting + 1)) {
      // Unless it was cancelled.
      Atomics.compareExchange(this.#words, OVER, meeting, meeting + 1);
      Atomics.notify(this.#words, OVER);
    }
    for (let tries = 0; ; tries++) {
      const over = Atomics.load(this.#words, OVER);
      if (over > meeting) return over === CANCELLED ? undefined : tries;
      if (tries >= spins) Atomics.wait(this.#words, OVER, over);
    }
  }

  /** Ends the call for whoever waits, or is going to. */
  cancel(): void {
    Atomics.store(this.#words, OVER, CANCELLED);
    Atomics.notify(this.#words, OVER);
  }

  get cancelled(): boolean {
    return Atomics.load(this.#words, OVER) === CANCELLED;
  }
}

/** 32-bit words in a cache line. */
const LINE = 16;
const ARRIVED = 0;
const OVER = LINE;
const HEAD_WORDS = 2 * LINE;
/** More meetings than any call has: past all of them. */
const CANCELLED = 0x7fffffff;
