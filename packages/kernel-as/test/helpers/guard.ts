import { expect } from 'vitest';
import { type Kernel, type KernelBuild, loadKernel } from '../../src/index.ts';

/** One argument of a kernel function. */
export interface GuardedBuffer {
  /** What it holds before; a number of bytes for what only serves as scratch. */
  readonly values: Float32Array | Int32Array | number;
  /** Whether the function may write: all of it, or the elements for which this is true. Default no. */
  readonly writes?: boolean | ((element: number) => boolean);
}

/** Two fillings of the memory around the arguments. As float32 they are NaN and a number that changes any sum. */
const CANARIES = [0xff, 0x4b] as const;
const GAP = 64;

/**
 * Calls a kernel function as many times as it has arguments, each time with another one at the very end of memory, where one
 * byte too far traps; the others have canaries between them. Afterwards every byte that the function was not to write has to be as it
 * was, and the results have to be the same whatever lay beside the arguments: a read past an end would show.
 *
 * Returns the bytes of the written arguments, in their order.
 */
export class GuardedMemory {
  readonly kernel: Kernel;
  readonly #base: number;

  static async create(build: KernelBuild, pages: number): Promise<GuardedMemory> {
    const kernel = await loadKernel({ build });
    const memory = kernel.exports.memory;
    memory.grow(Math.max(0, pages - memory.buffer.byteLength / 65_536));
    return new GuardedMemory(kernel);
  }

  private constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#base = Math.ceil(kernel.exports.heapBase() / GAP) * GAP;
  }

  run(
    name: string,
    buffers: readonly GuardedBuffer[],
    call: (...addresses: number[]) => void,
  ): Uint8Array<ArrayBuffer>[] {
    let first: Uint8Array<ArrayBuffer>[] | undefined;
    for (const canary of CANARIES) {
      for (const last of buffers.keys()) {
        const results = this.#once(`${name}, argument ${last} last`, buffers, last, canary, call);
        first ??= results;
        for (const [i, result] of results.entries()) {
          if (!Buffer.from(result).equals(Buffer.from(first[i]!))) {
            expect.fail(
              `${name}: result ${i} depends on what lies beside the arguments (argument ${last} last)`,
            );
          }
        }
      }
    }
    return first ?? [];
  }

  #once(
    name: string,
    buffers: readonly GuardedBuffer[],
    last: number,
    canary: number,
    call: (...addresses: number[]) => void,
  ): Uint8Array<ArrayBuffer>[] {
    const memory = new Uint8Array(this.kernel.exports.memory.buffer);
    memory.fill(canary, this.#base);
    let next = this.#base + GAP;
    const addresses = buffers.map(({ values }, index) => {
      const bytes = typeof values === 'number' ? values : values.byteLength;
      if (index === last) return memory.byteLength - bytes;
      const address = next;
      next = Math.ceil((address + bytes + GAP) / 4) * 4;
      return address;
    });
    const end = addresses[last]!;
    if (next > end) throw new RangeError(`${name}: needs more memory than ${memory.byteLength} bytes`);
    for (const [index, { values }] of buffers.entries()) {
      if (typeof values === 'number') continue;
      memory.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), addresses[index]!);
    }
    const before = memory.slice(this.#base);
    try {
      call(...addresses);
    } catch (error) {
      expect.fail(`${name}: ${error}`);
    }
    return this.#results(name, buffers, addresses, memory, before);
  }

  #results(
    name: string,
    buffers: readonly GuardedBuffer[],
    addresses: readonly number[],
    memory: Uint8Array<ArrayBuffer>,
    before: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer>[] {
    const results: Uint8Array<ArrayBuffer>[] = [];
    for (const [index, { values, writes = false }] of buffers.entries()) {
      if (!writes) continue;
      const bytes = typeof values === 'number' ? values : values.byteLength;
      const [from, to] = [addresses[index]!, addresses[index]! + bytes];
      if (typeof values !== 'number') results.push(memory.slice(from, to));
      // What was allowed to change is put back, so that one comparison of all memory is left.
      if (writes === true) {
        memory.set(before.subarray(from - this.#base, to - this.#base), from);
        continue;
      }
      for (let at = from; at < to; at += 4) {
        if (writes((at - from) / 4)) memory.set(before.subarray(at - this.#base, at + 4 - this.#base), at);
      }
    }
    const now = Buffer.from(memory.buffer, this.#base);
    if (!now.equals(before)) {
      const offset = before.findIndex((byte, i) => byte !== now[i]);
      const places = addresses.map((address) => address - this.#base).join(', ');
      expect.fail(`${name}: wrote where it may not, at ${offset}; the arguments begin at ${places}`);
    }
    return results;
  }
}

export function floatsOf(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Values that are repeatable, of order 1 and unlike one another. */
export function sequence(length: number, seed = 1): Float32Array {
  let state = seed * 0x9e3779b9;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** `[rows, width]` within rows of `stride`: which elements belong to it. The last row ends with its last element. */
export function rowsOf(
  rows: number,
  width: number,
  stride: number,
): { length: number; inside(i: number): boolean } {
  return {
    length: rows === 0 || width === 0 ? 0 : (rows - 1) * stride + width,
    inside: (i) => i % stride < width,
  };
}
