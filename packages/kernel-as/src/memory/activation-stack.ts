import { type LinearMemory, OutOfMemoryError } from './linear-memory.ts';

const ALIGNMENT = 64;
const FIRST_CHUNK = 1 << 20;

/** A place on the stack to return to. */
export interface StackMark {
  readonly chunk: number;
  readonly used: number;
}

/**
 * Memory for activations: taken in order, given back all at once by returning to a mark.
 *
 * The stack is one chunk in the steady state. A forward pass that needs more adds chunks as it goes, so that nothing
 * already on the stack moves; when the stack is next empty they become one chunk that holds it all.
 */
export class ActivationStack {
  readonly #memory: LinearMemory;
  #chunks: { address: number; size: number; used: number }[] = [];
  #current = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** The address of `bytes` bytes that stay until the stack returns to an earlier mark. */
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

  /** Where the stack stands now. */
  mark(): StackMark {
    return { chunk: this.#current, used: this.#chunks[this.#current]?.used ?? 0 };
  }

  /** Gives back all that was pushed since the mark. */
  release(mark: StackMark): void {
    // Every operation comes by here: no iterators.
    for (let index = mark.chunk; index < this.#chunks.length; index++) {
      this.#chunks[index]!.used = index === mark.chunk ? mark.used : 0;
    }
    this.#current = mark.chunk;
    if (this.#chunks.length > 1 && mark.chunk === 0 && mark.used === 0) this.#merge();
  }

  /** Bytes that the stack holds on to, used or not. */
  get capacity(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  }

  /** A chunk for `size` bytes: with room for as much as the stack holds already, unless memory is too short for that. */
  #allocate(size: number): { address: number; size: number } {
    const generous = Math.max(size, FIRST_CHUNK, this.capacity);
    try {
      return { address: this.#memory.allocate(generous), size: generous };
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || generous === size) throw error;
      return { address: this.#memory.allocate(size), size };
    }
  }

  #merge(): void {
    const size = this.capacity;
    for (const chunk of this.#chunks) this.#memory.free(chunk.address);
    this.#chunks = [];
    this.#current = 0;
    try {
      this.#chunks = [{ address: this.#memory.allocate(size), size, used: 0 }];
    } catch (error) {
      // Where there is no room for all in one piece, the stack holds nothing, and takes chunks again as it needs them.
      if (!(error instanceof OutOfMemoryError)) throw error;
    }
  }
}
