/**
 * The modules of the kernel: the prefix of a file's name, the entry, and the options that place a module on the memory of the first. The
 * addresses are those of assembly/memory-map.ts.
 */
export const modules = [
  { prefix: '', entry: 'assembly/index.ts', options: [] },
  { prefix: 'extended-', entry: 'assembly/extended.ts', options: onMemory(2048) },
  { prefix: 'training-', entry: 'assembly/training/index.ts', options: onMemory(4096) },
  { prefix: 'wide-', entry: 'assembly/wide.ts', options: [...onMemory(6144), '--use', 'WIDE_TILES=1'] },
  { prefix: 'wide-probe-', entry: 'assembly/wide-probe.ts', options: [] },
];

function onMemory(base) {
  return ['--importMemory', '--noExportMemory', '--memoryBase', String(base)];
}
