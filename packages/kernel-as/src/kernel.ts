import type { KernelExports } from './exports.ts';
import { ActivationStack } from './memory/activation-stack.ts';
import { LinearMemory } from './memory/linear-memory.ts';

/** Which instructions a build uses: the portable ones, or also fused multiply-add and integer dot products. */
export type KernelBuild = 'simd' | 'relaxed-simd';

/** One instance of the kernel: its functions, its linear memory, and the stack of activations in it. */
export class Kernel {
  readonly build: KernelBuild;
  readonly exports: KernelExports;
  readonly memory: LinearMemory;
  readonly stack: ActivationStack;

  constructor(build: KernelBuild, exports: KernelExports) {
    this.build = build;
    this.exports = exports;
    this.memory = new LinearMemory(exports.memory, exports.heapBase());
    this.stack = new ActivationStack(this.memory);
  }
}
