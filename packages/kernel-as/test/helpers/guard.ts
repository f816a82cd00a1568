import { expect } from 'vitest';
import { type Kernel, type KernelBuild, loadKernel } from '../../src/index.ts';

/** One argument of a kernel function. */
export interface GuardedBuffer {
  /** The initial values, or the number of bytes of a scratch buffer. */
  readonly values: Float32Array | Int32Array | number;
  /** Whether the function may write to it: to all elements, or to those for which this is true. Default false. */
  readonly writes?: boolean | ((element: number) => boolean);
}

/** The builds, and one with the functions of the wide module. */
export const kernels = [
  { build: 'simd', wide: false },
  { build: 'relaxed-simd', wide: false },
  { build: 'relaxed-simd', wide: true },
] as const;

/** Bytes that fill the memory around the arguments. As f32 they are NaN and a number that changes any sum. */
const CANARIES = [0xff, 0x4b] as const;
const GAP = 64;

/**
 * Checks that a kernel function accesses only its arguments. Calls it once for each argument with that argument at the end of
 * memory, where an access past it traps, and canaries around the others. Fails if a byte outside the outputs changes, or if the
 * results depend on the canaries (a read outside the arguments).
 *
 * Returns the bytes of the outputs in the order of the arguments.
 */
export class GuardedMemory {
  readonly kernel: Kernel;
  readonly #base: number;

  static async create(build: KernelBuild, pages: number, wide = false): Promise<GuardedMemory> {
    const kernel = await loadKernel({ build, wide });
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
              `${name}: result ${i} depends on memory outside the arguments (argument ${last} last)`,
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
      // Outputs are restored, so that the whole memory can be compared.
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
      expect.fail(`${name}: wrote outside its outputs, at ${offset}; the arguments begin at ${places}`);
    }
    return results;
  }
}

export function floatsOf(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Reproducible pseudorandom values in ±1. */
export function sequence(length: number, seed = 1): Float32Array {
  let state = seed * 0x9e3779b9;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The length of `[rows, width]` with rows `stride` elements apart, and whether an element belongs to a row. */
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
