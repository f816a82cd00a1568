import type { Kernel } from '@headwise/kernel';
import type { WasmTensor } from './tensor.ts';
import { WasmLinear, WasmTable } from './weights.ts';

/** Writes rows of a table, a packed table or the weight of a linear layer to `out[ids.length, width]`. */
export function embedding(
  { memory, stack, exports }: Kernel,
  table: WasmTensor | WasmTable | WasmLinear,
  ids: Int32Array,
  { rows, width, first }: { rows: number; width: number; first: number },
  out: WasmTensor,
): void {
  const mark = stack.mark();
  try {
    const list = stack.push(ids.byteLength);
    memory.setI32(list, ids);
    const { address } = out;
    if (table instanceof WasmLinear) {
      exports.gatherLinear(table.packed, table.format.bits, first, rows, width, list, ids.length, address);
    } else if (table instanceof WasmTable) {
      const row = stack.push((width + 7) * 4);
      exports.gatherPacked(table.address, table.bits, first, rows, width, list, ids.length, address, row);
    } else {
      exports.gather(table.address, first, rows, width, list, ids.length, address, 0);
    }
  } finally {
    stack.release(mark);
  }
}
