/**
 * The memory through which shards add up their parts, as both sides see it.
 *
 * A head of 32-bit words: a counter of everything that happens, which those who wait sleep on; whether the call was
 * cancelled; and for each shard, on a cache line of its own, in how many sums it has its part ready. Then two slots of floats for
 * each shard. They take turns: whoever writes its part of sum r + 2 has seen all others in sum r + 1, so all are done
 * with sum r.
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
    this.#words = new Int32Array(buffer, 0, headWords(shards));
    this.capacity = (buffer.byteLength / 4 - headWords(shards)) / (2 * shards);
  }

  /** New memory for sums of up to `capacity` floats. */
  static allocate(shards: number, capacity: number): SumMemory {
    const bytes = 4 * (headWords(shards) + 2 * shards * capacity);
    return new SumMemory(new SharedArrayBuffer(bytes), shards);
  }

  /** Makes it ready for the next call. Nobody may be using it. */
  reset(): void {
    this.#words.fill(0);
  }

  slot(shard: number, round: number, length: number): Float32Array {
    const index = shard * 2 + (round & 1);
    return new Float32Array(this.buffer, 4 * (headWords(this.#shards) + index * this.capacity), length);
  }

  /** Tells the others that a shard's part of this sum is in its slot. */
  arrive(shard: number, round: number): void {
    Atomics.store(this.#words, arrivedWord(shard), round + 1);
    this.#announce();
  }

  /** Ends the call for whoever waits, or is going to. */
  cancel(): void {
    Atomics.store(this.#words, CANCELLED, 1);
    this.#announce();
  }

  get cancelled(): boolean {
    return Atomics.load(this.#words, CANCELLED) !== 0;
  }

  /** Sleeps until a shard's part of this sum has come: true, or the call is cancelled: false. Not for a page's main thread. */
  waitFor(shard: number, round: number): boolean {
    for (let spins = 0; ; spins++) {
      // Read first: whatever happens after changes it, and the sleep below does not begin.
      const happened = Atomics.load(this.#words, HAPPENED);
      if (this.cancelled) return false;
      if (Atomics.load(this.#words, arrivedWord(shard)) > round) return true;
      // Shards compute equally long, so it is mostly a matter of microseconds, which a sleep would lengthen.
      if (spins >= SPINS) Atomics.wait(this.#words, HAPPENED, happened);
    }
  }

  #announce(): void {
    Atomics.add(this.#words, HAPPENED, 1);
    Atomics.notify(this.#words, HAPPENED);
  }
}

const HAPPENED = 0;
const CANCELLED = 1;
const SPINS = 2000;
/** 32-bit words in a cache line. */
const LINE = 16;

const arrivedWord = (shard: number) => LINE * (1 + shard);
const headWords = (shards: number) => LINE * (1 + shards);
