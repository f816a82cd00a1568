import { type LinearMemory, OutOfMemoryError } from './linear-memory.ts';

const ALIGNMENT = 64;
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
