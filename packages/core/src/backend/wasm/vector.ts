import type { Kernel } from '@headwise/kernel';
import type { SelectedValues } from '../backend.ts';
import type { WasmTensor } from './tensor.ts';

/** The `k` largest of a vector's `n` values. */
export function topK(kernel: Kernel, x: WasmTensor, n: number, k: number): SelectedValues {
  return select(kernel, x, n, 8 * k, (heap) => {
    kernel.exports.topK(x.address, n, k, heap);
    return k;
  });
}

/** The values of a vector that are at least `threshold`. */
export function valuesAtLeast(kernel: Kernel, x: WasmTensor, n: number, threshold: number): SelectedValues {
  return select(kernel, x, n, 4 * n, (indices) =>
    kernel.exports.indicesAtLeast(x.address, n, threshold, indices),
  );
}

/** The values whose indices `find` writes to scratch memory of `bytes`, of which it returns the number. */
function select(
  { stack, memory }: Kernel,
  { address }: WasmTensor,
  n: number,
  bytes: number,
  find: (indices: number) => number,
): SelectedValues {
  const mark = stack.mark();
  const scratch = stack.push(bytes);
  const indices = memory.i32(scratch, find(scratch)).slice();
  const all = memory.f32(address, n);
  stack.release(mark);
  return { indices, values: Float32Array.from(indices, (index) => all[index]!) };
}
