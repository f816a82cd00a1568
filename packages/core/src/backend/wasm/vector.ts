import type { Kernel } from '@headwise/kernel';
import type { SelectedValues } from '../backend.ts';
import type { WasmTensor } from './tensor.ts';

/** The `k` largest of a vector's `n` values. */
export function topK(
  { stack, exports, memory }: Kernel,
  x: WasmTensor,
  n: number,
  k: number,
): SelectedValues {
  const mark = stack.mark();
  const heap = stack.push(8 * k);
  exports.topK(x.address, n, k, heap);
  const selected = select(memory, x, n, heap, k);
  stack.release(mark);
  return selected;
}

/** The values of a vector that are at least `threshold`. */
export function valuesAtLeast(
  { stack, exports, memory }: Kernel,
  x: WasmTensor,
  n: number,
  threshold: number,
): SelectedValues {
  const mark = stack.mark();
  const indices = stack.push(4 * n);
  const count = exports.indicesAtLeast(x.address, n, threshold, indices);
  const selected = select(memory, x, n, indices, count);
  stack.release(mark);
  return selected;
}

function select(
  memory: Kernel['memory'],
  { address }: WasmTensor,
  n: number,
  indicesAddress: number,
  count: number,
): SelectedValues {
  const indices = memory.i32(indicesAddress, count).slice();
  const all = memory.f32(address, n);
  return { indices, values: Float32Array.from(indices, (index) => all[index]!) };
}
