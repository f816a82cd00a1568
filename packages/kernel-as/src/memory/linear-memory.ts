import { HeadwiseError } from '../errors.ts';

/** Blocks are aligned to cache lines. */
const ALIGNMENT = 64;
const PAGE = 65_536;
/** 32-bit addresses without the last page: kernels compare with the address after a block, which must not overflow. */
const ADDRESS_SPACE = 65_535 * PAGE;

/** Thrown if linear memory cannot grow as far as needed. Existing blocks are unchanged. */
export class OutOfMemoryError extends HeadwiseError {
  /** Bytes that the memory had to grow by. */
  readonly requestedBytes: number;
  /** Bytes of the memory. */
  readonly currentBytes: number;

  constructor(requestedBytes: number, currentBytes: number) {
    super(
      'ERR_OUT_OF_MEMORY',
      `kernel memory: cannot grow by ${requestedBytes} bytes from ${currentBytes} bytes; load the model with a smaller dtype, or give it shorter or fewer texts at once`,
    );
    this.name = 'OutOfMemoryError';
    this.requestedBytes = requestedBytes;
    this.currentBytes = currentBytes;
  }
}

interface Span {
  start: number;
  end: number;
}

/**
 * A first-fit allocator over a WebAssembly memory, with typed views.
 *
 * Growing a WebAssembly memory detaches all views of it: their length becomes 0. Therefore `f32`, `i32` and `u8` return a view
 * of the current buffer at each call, which must not be kept across allocations.
 */
export class LinearMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #blocks = new Map<number, number>();
  /** Free spans between blocks, in order of address. Adjacent spans are merged. */
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

  /** Size of the memory in bytes, used or not. */
  get byteLength(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Bytes of all allocated blocks, padding included. */
  get allocatedBytes(): number {
    let sum = 0;
    for (const size of this.#blocks.values()) sum += size;
    return sum;
  }

  /**
   * Allocates a block of `bytes` bytes (0 is allowed), aligned to 64, with undefined contents. Returns its address. Throws
   * `OutOfMemoryError`.
   */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, align(bytes));
    const index = this.#free.findIndex((span) => span.end - span.start >= size);
    const span = this.#free[index];
    if (span) {
      const start = span.start;
      span.start += size;
      if (span.start === span.end) this.#free.splice(index, 1);
      this.#blocks.set(start, size);
      return start;
    }
    const start = this.#top;
    this.#ensure(start + size);
    this.#top = start + size;
    this.#blocks.set(start, size);
    return start;
  }

  /** Frees a block. Throws if the address is not the start of an allocated block. */
  free(address: number): void {
    const size = this.#blocks.get(address);
    if (size === undefined)
      throw new HeadwiseError('ERR_INTERNAL', `kernel memory: ${address} is not an allocated block`);
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

  /** A view of `length` f32 at `address`, valid until the next allocation. */
  f32(address: number, length: number): Float32Array {
    if (this.#f32.byteLength === 0 || this.#f32.buffer !== this.#memory.buffer) this.#refresh();
    return this.#f32.subarray(address >>> 2, (address >>> 2) + length);
  }

  /** A view of `length` i32 at `address`, valid until the next allocation. */
  i32(address: number, length: number): Int32Array {
    if (this.#i32.byteLength === 0 || this.#i32.buffer !== this.#memory.buffer) this.#refresh();
    return this.#i32.subarray(address >>> 2, (address >>> 2) + length);
  }

  /** A view of `length` bytes at `address`, valid until the next allocation. */
  u8(address: number, length: number): Uint8Array {
    if (this.#u8.byteLength === 0 || this.#u8.buffer !== this.#memory.buffer) this.#refresh();
    return this.#u8.subarray(address, address + length);
  }

  /** Copies f32 values to `address`. */
  setF32(address: number, values: Float32Array): void {
    if (this.#f32.byteLength === 0 || this.#f32.buffer !== this.#memory.buffer) this.#refresh();
    this.#f32.set(values, address >>> 2);
  }

  /** Copies i32 values to `address`. */
  setI32(address: number, values: Int32Array): void {
    if (this.#i32.byteLength === 0 || this.#i32.buffer !== this.#memory.buffer) this.#refresh();
    this.#i32.set(values, address >>> 2);
  }

  #refresh(): void {
    this.#f32 = new Float32Array(this.#memory.buffer);
    this.#i32 = new Int32Array(this.#memory.buffer);
    this.#u8 = new Uint8Array(this.#memory.buffer);
  }

  /** Grows the memory to at least `end` bytes. */
  #ensure(end: number): void {
    const current = this.byteLength;
    if (end <= current) return;
    if (end > ADDRESS_SPACE) throw new OutOfMemoryError(end - current, current);
    // Growing copies the memory in some engines: growing by at least an eighth keeps the number of copies logarithmic.
    const preferred = Math.min(ADDRESS_SPACE, Math.max(end, current + (current >>> 3)));
    if (this.#grow(preferred) || this.#grow(end)) return;
    throw new OutOfMemoryError(end - current, current);
  }

  /** Whether the memory could be grown to `end` bytes. */
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

const FIRST_CHUNK = 1 << 20;

/** A position of the stack, for `release`. */
export interface StackMark {
  readonly chunk: number;
  readonly used: number;
}

/**
 * A stack allocator for activations: `push` allocates, and `release` frees everything allocated since a mark.
 *
 * In the steady state the stack is one chunk of linear memory. If a forward pass needs more, chunks are added, so that
 * allocated blocks do not move. When the stack is next empty, the chunks are replaced by one of their total size.
 */
export class ActivationStack {
  readonly #memory: LinearMemory;
  #chunks: { address: number; size: number; used: number }[] = [];
  #current = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Allocates `bytes` bytes, aligned to 64, until `release` of an earlier mark. Throws `OutOfMemoryError`. */
  push(bytes: number): number {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    for (let index = this.#current; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index];
      if (chunk && chunk.size - chunk.used >= size) {
        const address = chunk.address + chunk.used;
        chunk.used += size;
        this.#current = index;
        return address;
      }
    }
    const chunk = { ...this.#allocate(size), used: size };
    this.#current = this.#chunks.push(chunk) - 1;
    return chunk.address;
  }

  /** The current position. */
  mark(): StackMark {
    return { chunk: this.#current, used: this.#chunks[this.#current]?.used ?? 0 };
  }

  /** Frees everything that was pushed since the mark. */
  release(mark: StackMark): void {
    // Called by every operation: an index loop avoids iterators.
    for (let index = mark.chunk; index < this.#chunks.length; index++) {
      this.#chunks[index]!.used = index === mark.chunk ? mark.used : 0;
    }
    this.#current = mark.chunk;
    if (this.#chunks.length > 1 && mark.chunk === 0 && mark.used === 0) this.#merge();
  }

  /** Bytes of all chunks, used or not. */
  get capacity(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  }

  /** Allocates a chunk of at least `size` bytes: as large as the stack already is, or of `size` if that does not fit. */
  #allocate(size: number): { address: number; size: number } {
    const preferred = Math.max(size, FIRST_CHUNK, this.capacity);
    try {
      return { address: this.#memory.allocate(preferred), size: preferred };
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || preferred === size) throw error;
      return { address: this.#memory.allocate(size), size };
    }
  }

  /** Replaces the chunks of an empty stack by one. */
  #merge(): void {
    const size = this.capacity;
    for (const chunk of this.#chunks) this.#memory.free(chunk.address);
    this.#chunks = [];
    this.#current = 0;
    try {
      this.#chunks = [{ address: this.#memory.allocate(size), size, used: 0 }];
    } catch (error) {
      // If the chunk does not fit, the stack has no chunk, and allocates chunks again when needed.
      if (!(error instanceof OutOfMemoryError)) throw error;
    }
  }
}
