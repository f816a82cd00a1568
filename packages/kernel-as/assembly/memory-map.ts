// Three modules share one linear memory: the kernel (index.ts), which owns it, the module for quantized weights (quantized/index.ts) and the
// training module (training/index.ts). The static data of the kernel is below QUANTIZED_BASE, that of the module for quantized weights
// from there to TRAINING_BASE, that of the training module from there to HEAP_BASE, and the heap after it.

/** The first address of the static data of the module for quantized weights: `--memoryBase` in scripts/modules.mjs. */
// @ts-ignore: decorator
@inline
export const QUANTIZED_BASE: usize = 2048;

/** The first address of the training module's static data: `--memoryBase` in scripts/modules.mjs. */
// @ts-ignore: decorator
@inline
export const TRAINING_BASE: usize = 4096;

/** The first address of the heap. */
// @ts-ignore: decorator
@inline
export const HEAP_BASE: usize = 8192;
