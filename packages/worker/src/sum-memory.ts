/**
 * Shared memory in which shards sum their partial results, and a barrier to synchronise them.
 *
 * Layout: a header of 32-bit words, each on its own cache line (the number of arrivals at all barriers, and the number of barriers passed, on
 * which waiting shards sleep), followed by two float32 slots per shard, which alternate from round to round. Two are enough: a shard writes
 * its slot of round r + 2 after the barrier of round r + 1, which every shard reaches after it has read the slots of round r.
 */
export class SumMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #shards: number;
  /** Floats per slot. */
  readonly capacity: number;

  constructor(buffer: SharedArrayBuffer, shards: number) {
    this.buffer = buffer;
    this.#shards = shards;
    this.#header = new Int32Array(buffer, 0, HEADER_WORDS);
    this.capacity = (buffer.byteLength / 4 - HEADER_WORDS) / (2 * shards);
  }

  /** Allocates memory for sums of up to `capacity` floats. */
  static allocate(shards: number, capacity: number): SumMemory {
    return new SumMemory(new SharedArrayBuffer(4 * (HEADER_WORDS + 2 * shards * capacity)), shards);
  }

  /** Resets the barriers for the next call. No shard may be in a call. */
  reset(): void {
    this.#header.fill(0);
  }

  /** The first `length` floats of a shard's slot for `round`. */
  slot(shard: number, round: number, length: number): Float32Array {
    const index = shard * 2 + (round & 1);
    return new Float32Array(this.buffer, 4 * (HEADER_WORDS + index * this.capacity), length);
  }

  /**
   * Blocks until all shards have arrived at the barrier (numbered from 0 in each call). Spins for `spins` iterations, then sleeps. Returns the
   * number of iterations (at least `spins` if it slept), or `undefined` if the call was cancelled. Not for a page's main thread,
   * which must not block.
   */
  wait(barrier: number, spins: number): number | undefined {
    if (Atomics.add(this.#header, ARRIVED, 1) + 1 === this.#shards * (barrier + 1)) {
      // The last shard to arrive opens the barrier, unless the call has been cancelled.
      Atomics.compareExchange(this.#header, PASSED, barrier, barrier + 1);
      Atomics.notify(this.#header, PASSED);
    }
    for (let iterations = 0; ; iterations++) {
      const passed = Atomics.load(this.#header, PASSED);
      if (passed > barrier) return passed === CANCELLED ? undefined : iterations;
      if (iterations >= spins) Atomics.wait(this.#header, PASSED, passed);
    }
  }

  /** Cancels the call: this and all later barriers return `undefined`. */
  cancel(): void {
    Atomics.store(this.#header, PASSED, CANCELLED);
    Atomics.notify(this.#header, PASSED);
  }

  get cancelled(): boolean {
    return Atomics.load(this.#header, PASSED) === CANCELLED;
  }
}

/** 32-bit words per cache line. */
const LINE = 16;
const ARRIVED = 0;
const PASSED = LINE;
const HEADER_WORDS = 2 * LINE;
/** Value of `PASSED` in a cancelled call: greater than the number of any barrier. */
const CANCELLED = 0x7fffffff;
