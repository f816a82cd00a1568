// The exports of the WebAssembly module. Functions take addresses in linear memory that the caller has allocated. None
// allocates memory, and none checks its arguments: @headwise/core checks shapes before it passes addresses.
import { HEAP_BASE, TRAINING_BASE } from './memory-map';

export { activate, gate } from './activation';
export { attention, attentionContext, attentionScores, attentionScratch } from './attention/attention';
export { add, copyRows, scale } from './elementwise';
export { gather, meanRows } from './gather';
export { matmul, matmulScratch } from './matmul/matmul';
export { packColumns, packedBytes, packRows } from './matmul/pack';
export { l2Normalize, layerNorm, rmsNorm } from './norm';
export { fusedDot } from './quantized/dot8';
export { gatherLinear } from './quantized/rows';
export { matmul16, matmul16Scratch, pack16, packed16Bytes } from './quantized/half';
export { matmul4, matmul4Scratch } from './quantized/matmul4';
export { matmul8, matmul8Scratch } from './quantized/matmul8';
export { pack4, packed4Bytes, place4 } from './quantized/pack4';
export { pack8, packed8Bytes, place8 } from './quantized/pack8';
export { gatherPacked, packTable16, packTable8, table16Bytes, table8Bytes } from './quantized/table';
export { gruGates, lstmGates } from './recurrent';
export { rotary } from './rotary';
export { softmax } from './softmax';

/** The first address after the static data of this module and of the training module. Traps if the first does not fit: the build calls it. */
export function heapBase(): usize {
  return __heap_base <= TRAINING_BASE ? HEAP_BASE : unreachable();
}
