// The exports of the extended module, which works on the memory of the kernel (index.ts): weights in 16, 8 and 4 bits, and recurrent cells. Pages
// that run a transformer in f32 do not need them.
import { HEAP_BASE, TRAINING_BASE } from './memory-map';

export { fusedDot } from './quantized/dot8';
export { matmul16, matmul16Scratch, pack16, packed16Bytes } from './quantized/half';
export { matmul4, matmul4Scratch } from './quantized/matmul4';
export { matmul8, matmul8Scratch } from './quantized/matmul8';
export { pack4, packed4Bytes, place4 } from './quantized/pack4';
export { pack8, packed8Bytes, place8 } from './quantized/pack8';
export { gatherLinear } from './quantized/rows';
export { gatherPacked, packTable16, packTable8, table16Bytes, table8Bytes } from './quantized/table';
export { gruGates, lstmGates } from './recurrent';

/** The kernel's `heapBase`. Traps if the static data of this module does not fit below that of the training module: the build calls it. */
export function heapBase(): usize {
  return __heap_base <= TRAINING_BASE ? HEAP_BASE : unreachable();
}
