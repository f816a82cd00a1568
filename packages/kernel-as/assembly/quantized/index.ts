// The exports of the module for weights in 16, 8 and 4 bits, which works on the memory of the kernel (../index.ts).
import { HEAP_BASE, TRAINING_BASE } from '../memory-map';

export { fusedDot } from './dot8';
export { matmul16, matmul16Scratch, pack16, packed16Bytes } from './half';
export { matmul4, matmul4Scratch } from './matmul4';
export { matmul8, matmul8Scratch } from './matmul8';
export { pack4, packed4Bytes, place4 } from './pack4';
export { pack8, packed8Bytes, place8 } from './pack8';
export { gatherLinear } from './rows';
export { gatherPacked, packTable16, packTable8, table16Bytes, table8Bytes } from './table';

/** The kernel's `heapBase`. Traps if the static data of this module does not fit below that of the training module: the build calls it. */
export function heapBase(): usize {
  return __heap_base <= TRAINING_BASE ? HEAP_BASE : unreachable();
}
