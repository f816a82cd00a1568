// What the WebAssembly module exports. Every function works on addresses in linear memory that the caller owns; none
// allocates, and none checks its arguments: @headwise/core does that before a pointer gets here.
export { activate } from './activation';
export { attention, attentionContext, attentionScores, attentionScratch } from './attention/attention';
export { add } from './elementwise';
export { gather, meanRows } from './gather';
export { matmul } from './matmul/matmul';
export { packColumns, packedBytes, packRows } from './matmul/pack';
export { l2Normalize, layerNorm } from './norm';
export { gruGates, lstmGates } from './recurrent';
export { rotary } from './rotary';
export { softmax } from './softmax';

/** The first address that the module itself does not use. */
export function heapBase(): usize {
  return __heap_base;
}
