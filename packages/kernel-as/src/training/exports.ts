// The types of the training module's exports. They are documented in ../../assembly/training. Strides are in elements.
import type { Address } from '../exports.ts';

/**
 * Functions of the training module. They work on the memory of the kernel with which the module was loaded. Gradients are added to the
 * outputs.
 */
export interface TrainingExports {
  heapBase(): number;

  addScaled(
    from: Address,
    fromStride: number,
    to: Address,
    toStride: number,
    rows: number,
    n: number,
    factor: number,
  ): void;
}
