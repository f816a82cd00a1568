// The exports of the wide module, which works on the memory of the kernel (index.ts) and takes the place of its functions of the same names where the
// engine joins neighbouring operations of 128 bits to 256 (V8's revectorizer). The results are the same bits.
import { HEAP_BASE } from './memory-map';

export { activate, gate } from './activation';
export { attention, attentionContext, attentionScores } from './attention/attention';
export { matmul } from './matmul/matmul';
export { layerNorm } from './norm';
export { fusedDot } from './quantized/dot8';
export { matmul16 } from './quantized/half';
export { matmul4, matmul4Scratch } from './quantized/matmul4';
export { matmul8, matmul8Scratch } from './quantized/matmul8';
export { softmax } from './softmax';

/** The kernel's `heapBase`. Traps if the static data of this module does not fit below the heap: the build calls it. */
export function heapBase(): usize {
  return __heap_base <= HEAP_BASE ? HEAP_BASE : unreachable();
}
