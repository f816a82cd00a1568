// The exports of the kernel. quantized/index.ts has those for weights in 16, 8 and 4 bits. Functions take addresses in linear memory that the
// caller has allocated. None allocates memory, and none checks its arguments: @headwise/core checks shapes before it passes addresses.
import { HEAP_BASE, QUANTIZED_BASE } from './memory-map';

export { activate, gate } from './activation';
export { attention, attentionContext, attentionScores, attentionScratch } from './attention/attention';
export { add, copyRows, scale } from './elementwise';
export { gather, meanRows } from './gather';
export { gatherPanels } from './matmul/gather-panels';
export { matmul, matmulScratch } from './matmul/matmul';
export { packColumns, packedBytes, packRows } from './matmul/pack';
export { l2Normalize, layerNorm, rmsNorm } from './norm';
export { gruGates, lstmGates } from './recurrent';
export { rotary } from './rotary';
export { softmax } from './softmax';

/** The first address after the static data of all modules. Traps if that of this one does not fit: the build calls it. */
export function heapBase(): usize {
  return __heap_base <= QUANTIZED_BASE ? HEAP_BASE : unreachable();
}
