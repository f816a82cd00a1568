import { BLOCK, BLOCK_BYTES, blocksOf, PANEL } from './format';
import { fromHalf } from './half';
import { getNibble } from './pack4';
import { panelAddress8, weightAddress8, scalesAddress8 } from './pack8';

// Rows of a packed weight [n, k] as f32: embeddings whose table is tied to the output head. A row is a channel of a panel, so
// that its values are not contiguous.

/**
 * out[i] = row ids[i] − first of a packed weight, for each row of out[count, k]; zeros if it is outside [0, n), as for `gather`.
 *
 * @param bits bits of a weight: 16, 8 or 4
 */
export function gatherLinear(packed: usize, bits: i32, first: i32, n: i32, k: i32, ids: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const row = i32.load(ids + (<usize>i << 2)) - first;
    if (<u32>row >= <u32>n) memory.fill(out, 0, <usize>k << 2);
    else if (bits == 16) row16(packed, row, k, out);
    else if (bits == 8) row8(packed, row, k, out);
    else row4(packed, row, k, out);
    out += <usize>k << 2;
  }
}

/** Index of a row's first value in a weight of [panel][k][8]. */
// @ts-ignore: decorator
@inline
function start(row: i32, k: i32): usize {
  return <usize>(row & ~(PANEL - 1)) * <usize>k + <usize>(row & (PANEL - 1));
}

function row16(packed: usize, row: i32, k: i32, out: usize): void {
  let from = packed + (start(row, k) << 1);
  for (const end = out + (<usize>k << 2); out < end; out += 4) {
    f32.store(out, fromHalf(i32.load16_s(from)));
    from += PANEL * 2;
  }
}

function row8(packed: usize, row: i32, k: i32, out: usize): void {
  const panel = panelAddress8(packed, k, row), channel = row & (PANEL - 1);
  const scale = f32.load(scalesAddress8(panel, k) + (<usize>channel << 2));
  for (let i = 0; i < k; i++) {
    f32.store(out + (<usize>i << 2), scale * <f32>i32.load8_s(weightAddress8(panel, channel, i)));
  }
}

function row4(packed: usize, row: i32, k: i32, out: usize): void {
  const channel = row & (PANEL - 1);
  let block = packed + <usize>(row / PANEL) * <usize>(blocksOf(k) * BLOCK_BYTES);
  for (let k0 = 0; k0 < k; k0 += BLOCK) {
    const scale = f32.load(block + (<usize>channel << 2));
    for (let i = 0; i < min(BLOCK, k - k0); i++) {
      f32.store(out, scale * <f32>(getNibble(block + PANEL * 4, channel, i) - 8));
      out += 4;
    }
    block += BLOCK_BYTES;
  }
}
