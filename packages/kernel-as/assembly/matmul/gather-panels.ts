import { PANEL } from './rows';

/**
 * out[i] = row ids[i] − first of a packed weight [n, k] in f32, for each row of out[count, k]; zeros if it is outside [0, n), as for
 * `gather`: embeddings whose table is tied to the output head. A row is a column of a panel, so that its values are not contiguous.
 */
export function gatherPanels(packed: usize, first: i32, n: i32, k: i32, ids: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const row = i32.load(ids + (<usize>i << 2)) - first;
    const end = out + (<usize>k << 2);
    if (<u32>row >= <u32>n) {
      memory.fill(out, 0, <usize>k << 2);
      out = end;
      continue;
    }
    let from = packed + ((<usize>(row & ~(PANEL - 1)) * <usize>k + <usize>(row & (PANEL - 1))) << 2);
    for (; out < end; out += 4) {
      f32.store(out, f32.load(from));
      from += PANEL * 4;
    }
  }
}
