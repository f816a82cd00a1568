// Two modules share one linear memory: the kernel (index.ts), which owns it, and the training module (training/index.ts). Static data of
// the kernel is below TRAINING_BASE, that of the training module from there to HEAP_BASE, and the heap after it.

/** The first address of the training module's static data: `--memoryBase` in scripts/build.mjs. */
// @ts-ignore: decorator
@inline
export const TRAINING_BASE: usize = 4096;

/** The first address of the heap. */
// @ts-ignore: decorator
@inline
export const HEAP_BASE: usize = 8192;
