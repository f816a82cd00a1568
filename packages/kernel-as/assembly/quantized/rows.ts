import { BLOCK, BLOCK_BYTES, PANEL, panelsTogether, RUN } from './format';
import { fromHalf } from './half';
import { blockAddress4, getNibble } from './pack4';
import { panelAddress8, runAddress8, scalesAddress8, weightPosition8 } from './pack8';

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
    else if (bits == 8) row8(packed, n, row, k, out);
    else row4(packed, n, row, k, out);
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

function row8(packed: usize, n: i32, row: i32, k: i32, out: usize): void {
  const panels = panelAddress8(packed, k, row), together = panelsTogether(n, row);
  const index = (row / PANEL) & 1, channel = row & (PANEL - 1);
  const scale = f32.load(scalesAddress8(panels, together, index, k) + (<usize>channel << 2));
  for (let i = 0; i < k; i++) {
    const run = runAddress8(panels, together, index, k, i / RUN);
    f32.store(out + (<usize>i << 2), scale * <f32>i32.load8_s(run + weightPosition8(channel, i % RUN)));
  }
}

function row4(packed: usize, n: i32, row: i32, k: i32, out: usize): void {
  const together = panelsTogether(n, row), width = together * PANEL, channel = row & (width - 1);
  let block = blockAddress4(packed, k, row);
  for (let k0 = 0; k0 < k; k0 += BLOCK) {
    const scale = f32.load(block + (<usize>channel << 2));
    for (let i = 0; i < min(BLOCK, k - k0); i++) {
      f32.store(out, scale * <f32>(getNibble(block + <usize>(width * 4), width, channel, i) - 8));
      out += 4;
    }
    block += <usize>(together * BLOCK_BYTES);
  }
}
