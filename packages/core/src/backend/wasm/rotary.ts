import type { Kernel } from '@headwise/kernel';
import type { RotaryOptions } from '../backend.ts';
import type { WasmTensor } from './tensor.ts';

/** Writes the rotated `x` to `out`. `table` must be contiguous. */
export function rotary(
  { memory, stack, exports }: Kernel,
  x: WasmTensor,
  table: WasmTensor,
  positions: Int32Array,
  { heads, layout }: RotaryOptions,
  { rows, headDim, half }: { rows: number; headDim: number; half: number },
  out: WasmTensor,
): void {
  const mark = stack.mark();
  try {
    const list = stack.push(positions.byteLength);
    memory.setI32(list, positions);
    exports.rotary(
      x.address,
      x.stride,
      out.address,
      out.stride,
      list,
      table.address,
      rows,
      heads,
      headDim,
      half,
      layout === 'interleaved' ? 1 : 0,
    );
  } finally {
    stack.release(mark);
  }
}
