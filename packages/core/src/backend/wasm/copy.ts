import type { LinearMemory } from '@headwise/kernel';
import type { WasmTensor } from './tensor.ts';

/** Copies a tensor's rows to `address`, `stride` elements apart. */
export function copyRows(memory: LinearMemory, from: WasmTensor, address: number, stride: number): void {
  const { rows, width } = from;
  if (from.dense && (stride === width || rows <= 1)) {
    memory.f32(address, rows * width).set(memory.f32(from.address, rows * width));
    return;
  }
  for (let row = 0; row < rows; row++) {
    const values = memory.f32(from.address + row * from.stride * 4, width);
    memory.f32(address + row * stride * 4, width).set(values);
  }
}

/** Whether the memory from the first to the last value of each has a part in common. */
export function overlapping(a: WasmTensor, b: WasmTensor): boolean {
  const end = (x: WasmTensor) => x.address + ((x.rows - 1) * x.stride + x.width) * 4;
  return a.address < end(b) && b.address < end(a);
}
