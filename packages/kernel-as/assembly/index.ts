// The exports of the kernel. extended.ts has those that only some models need. Functions take addresses in linear memory that the
// caller has allocated. None allocates memory, and none checks its arguments: @headwise/core checks shapes before it passes addresses.
import { EXTENDED_BASE, HEAP_BASE } from './memory-map';

export { activate, gate } from './activation';
export { attention, attentionContext, attentionScores, attentionScratch } from './attention/attention';
export { add, copyRows, scale } from './elementwise';
export { gather, meanRows } from './gather';
export { gatherPanels } from './matmul/gather-panels';
export { matmul, matmulScratch } from './matmul/matmul';
export { packColumns, packedBytes, packRows } from './matmul/pack';
export { searchExp, sumExp } from './log-sum-exp';
export { l2Normalize, layerNorm, rmsNorm } from './norm';
export { rotary } from './rotary';
export { argmax, indicesAtLeast, topK } from './select';
export { softmax } from './softmax';

/** The first address after the static data of all modules. Traps if that of this one does not fit: the build calls it. */
export function heapBase(): usize {
  return __heap_base <= EXTENDED_BASE ? HEAP_BASE : unreachable();
}
