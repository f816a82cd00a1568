import type { KernelExports } from '../../src/index.ts';

// Runs in Node and, transpiled to JavaScript, in browsers.

type Inputs = (length: number, limit?: number) => number;

/** Allocates arguments in a kernel's memory, filled with reproducible values. */
export class Arguments {
  readonly exports: KernelExports;
  #next: number;
  #state = 1;

  constructor(exports: KernelExports) {
    this.exports = exports;
    this.#next = exports.heapBase();
  }

  /** `size` bytes of zeros. */
  bytes = (size: number): number => {
    const address = Math.ceil(this.#next / 16) * 16;
    this.#next = address + size;
    const { memory } = this.exports;
    const missing = this.#next - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    new Uint8Array(memory.buffer, address, size).fill(0);
    return address;
  };

  /** `length` floats in ±limit. */
  floats: Inputs = (length, limit = 1) => {
    const address = this.bytes(length * 4);
    const values = new Float32Array(this.exports.memory.buffer, address, length);
    for (let i = 0; i < length; i++) {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      values[i] = (this.#state / 2 ** 31 - 1) * limit;
    }
    return address;
  };

  /** Sets value `index` of the floats at `address`. */
  set = (address: number, index: number, value: number): void => {
    new Float32Array(this.exports.memory.buffer, address, index + 1)[index] = value;
  };

  /** Numbers that a function returned, as outputs. */
  results = (values: readonly number[]): Written => {
    const address = this.bytes(values.length * 8);
    new Float64Array(this.exports.memory.buffer, address, values.length).set(values);
    return [[address, values.length * 8]];
  };

  integers = (values: readonly number[]): number => {
    const address = this.bytes(values.length * 4);
    new Int32Array(this.exports.memory.buffer, address, values.length).set(values);
    return address;
  };
}

/** The outputs of a run. */
export type Written = readonly (readonly [address: number, bytes: number])[];
export type Run<Exports> = (exports: Exports, a: Arguments) => Written;

/** The first 12 bytes of the SHA-256 of each function's output, by function name. `kernel` has the memory. */
export async function digestsOf<Exports>(
  runs: Readonly<Record<string, Run<Exports>>>,
  exports: Exports,
  kernel: KernelExports,
): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const [name, run] of Object.entries(runs)) {
    const parts = run(exports, new Arguments(kernel)).map(([address, bytes]) =>
      new Uint8Array(kernel.memory.buffer, address, bytes).slice(),
    );
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    // Zeros would have the same digest in any case.
    if (!bytes.some((byte) => byte !== 0)) throw new Error(`${name} wrote nothing`);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    results[name] = Array.from(hash.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return results;
}
