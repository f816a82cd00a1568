/** Every block starts on a cache line. */
const ALIGNMENT = 64;
const PAGE = 65_536;
/** 32-bit WebAssembly addresses, less one page: the address right after a block has to be one too, since loops end there. */
const ADDRESS_SPACE = 65_535 * PAGE;

/** Thrown when linear memory can't grow to what is asked; what was allocated before stays as it was. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
  readonly requestedBytes: number;
  readonly currentBytes: number;

  constructor(requestedBytes: number, currentBytes: number) {
    super(
      `kernel memory: ${requestedBytes} bytes more were asked for, at ${currentBytes} bytes, and could not be had`,
    );
    this.requestedBytes = requestedBytes;
    this.currentBytes = currentBytes;
  }
}

interface Span {
  start: number;
  end: number;
}

/**
 * Linear memory with a first-fit allocator over it, and typed views that survive growth.
 *
 * Growing a WebAssembly memory detaches every view of it: a typed array kept from before has length 0 and reads
 * `undefined`. So views are never kept: `f32`, `i32` and `u8` make one from the current buffer at each call.
 */
export class LinearMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #blocks = new Map<number, number>();
  /** Holes between blocks, in order of address, never adjacent to one another. */
  #free: Span[] = [];
  #top: number;
  #f32: Float32Array;
  #i32: Int32Array;
  #u8: Uint8Array;

  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory;
    this.#top = align(base);
    this.#f32 = new Float32Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    this.#u8 = new Uint8Array(memory.buffer);
  }

  /** Bytes that the memory has, used or not. */
  get byteLength(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Bytes in blocks that are allocated now. */
  get allocatedBytes(): number {
    let sum = 0;
    for (const size of this.#blocks.values()) sum += size;
    return sum;
  }

  /** A new block of at least `bytes` (0 is allowed), aligned to a cache line, its contents undefined. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, align(bytes));
    const index = this.#free.findIndex((span) => span.end - span.start >= size);
    const hole = this.#free[index];
    if (hole) {
      const start = hole.start;
      hole.start += size;
      if (hole.start === hole.end) this.#free.splice(index, 1);
      this.#blocks.set(start, size);
      return start;
    }
    const start = this.#top;
    this.#ensure(start + size);
    this.#top = start + size;
    this.#blocks.set(start, size);
    return start;
  }

  /** Gives a block back. Throws for an address that is not the start of a live block. */
  free(address: number): void {
    const size = this.#blocks.get(address);
    if (size === undefined) throw new Error(`kernel memory: ${address} is not an allocated block`);
    this.#blocks.delete(address);
    const at = this.#free.findIndex((span) => span.start > address);
    const index = at === -1 ? this.#free.length : at;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const span = { start: address, end: address + size };
    const joinsBefore = before?.end === span.start;
    const joinsAfter = after?.start === span.end;
    if (before && joinsBefore) span.start = before.start;
    if (after && joinsAfter) span.end = after.end;
    this.#free.splice(index - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), span);
    const last = this.#free.at(-1);
    if (last && last.end === this.#top) {
      this.#top = last.start;
      this.#free.pop();
    }
  }

  /** `length` floats at `address`: valid until the next allocation, so use it at once. */
  f32(address: number, length: number): Float32Array {
    if (this.#f32.byteLength === 0 || this.#f32.buffer !== this.#memory.buffer) this.#refresh();
    return this.#f32.subarray(address >>> 2, (address >>> 2) + length);
  }

  /** `length` 32-bit integers at `address`: valid until the next allocation, so use it at once. */
  i32(address: number, length: number): Int32Array {
    if (this.#i32.byteLength === 0 || this.#i32.buffer !== this.#memory.buffer) this.#refresh();
    return this.#i32.subarray(address >>> 2, (address >>> 2) + length);
  }

  /** `length` bytes at `address`: valid until the next allocation, so use it at once. */
  u8(address: number, length: number): Uint8Array {
    if (this.#u8.byteLength === 0 || this.#u8.buffer !== this.#memory.buffer) this.#refresh();
    return this.#u8.subarray(address, address + length);
  }

  /** Copies floats to `address`. */
  setF32(address: number, values: Float32Array): void {
    if (this.#f32.byteLength === 0 || this.#f32.buffer !== this.#memory.buffer) this.#refresh();
    this.#f32.set(values, address >>> 2);
  }

  /** Copies 32-bit integers to `address`. */
  setI32(address: number, values: Int32Array): void {
    if (this.#i32.byteLength === 0 || this.#i32.buffer !== this.#memory.buffer) this.#refresh();
    this.#i32.set(values, address >>> 2);
  }

  #refresh(): void {
    this.#f32 = new Float32Array(this.#memory.buffer);
    this.#i32 = new Int32Array(this.#memory.buffer);
    this.#u8 = new Uint8Array(this.#memory.buffer);
  }

  #ensure(end: number): void {
    const current = this.byteLength;
    if (end <= current) return;
    if (end > ADDRESS_SPACE) throw new OutOfMemoryError(end - current, current);
    // Growing copies the memory in some engines: an eighth more than asked keeps the number of times logarithmic.
    const generous = Math.min(ADDRESS_SPACE, Math.max(end, current + (current >>> 3)));
    if (this.#grow(generous) || this.#grow(end)) return;
    throw new OutOfMemoryError(end - current, current);
  }

  #grow(end: number): boolean {
    try {
      this.#memory.grow(Math.ceil((end - this.byteLength) / PAGE));
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
