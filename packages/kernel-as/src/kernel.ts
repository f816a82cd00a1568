import type { KernelExports } from './exports.ts';
import { ActivationStack, LinearMemory } from './memory/linear-memory.ts';

/** The instructions of a build: 128-bit SIMD, or also relaxed SIMD (fused multiply-add and 8-bit dot products). */
export type KernelBuild = 'simd' | 'relaxed-simd';

/** An instance of the kernel: its functions, its linear memory, and a stack of activations in that memory. */
export class Kernel {
  readonly build: KernelBuild;
  /** Its functions. Those for weights in 16, 8 and 4 bits and for recurrent cells are there once `loadExtendedFunctions` has loaded them. */
  exports: KernelExports;
  readonly memory: LinearMemory;
  readonly stack: ActivationStack;

  constructor(build: KernelBuild, exports: KernelExports) {
    this.build = build;
    this.exports = exports;
    this.memory = new LinearMemory(exports.memory, exports.heapBase());
    this.stack = new ActivationStack(this.memory);
  }
}
