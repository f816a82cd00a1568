// Four modules share one linear memory: the kernel (index.ts), which owns it, the extended module (extended.ts), the training module
// (training/index.ts) and the wide module (wide.ts). The static data of the kernel is below EXTENDED_BASE, that of the extended module from
// there to TRAINING_BASE, that of the training module from there to WIDE_BASE, that of the wide module from there to HEAP_BASE, and the heap
// after it.

/** The first address of the static data of the extended module: `--memoryBase` in scripts/modules.mjs. */
// @ts-ignore: decorator
@inline
export const EXTENDED_BASE: usize = 2048;

/** The first address of the training module's static data: `--memoryBase` in scripts/modules.mjs. */
// @ts-ignore: decorator
@inline
export const TRAINING_BASE: usize = 4096;

/** The first address of the wide module's static data: `--memoryBase` in scripts/modules.mjs. */
// @ts-ignore: decorator
@inline
export const WIDE_BASE: usize = 6144;

/** The first address of the heap. */
// @ts-ignore: decorator
@inline
export const HEAP_BASE: usize = 10240;
