import { GROUP, PANEL, paddedChannels, paddedDepth, panel8Bytes, RUN, SUM_BYTES } from './format';

/** Values of k per sum, in both builds, so that sizes are equal in both. */
const SUM_RUN: i32 = 32;

/** Bytes of a packed weight [n, k] in 8 bits, with a scale (f32) for each channel and a sum (i16) for each 32 weights. */
export function packed8Bytes(k: i32, n: i32): usize {
  const sums = max(1, (k + SUM_RUN - 1) / SUM_RUN);
  return <usize>paddedChannels(n) * <usize>(paddedDepth(k) + 4 + 2 * sums);
}

/** Address of the panel of a channel. */
export function panelAddress8(packed: usize, k: i32, channel: i32): usize {
  return packed + <usize>(channel / PANEL) * <usize>panel8Bytes(k);
}

/** Address of one weight of a panel. */
export function weightAddress8(panel: usize, channel: i32, i: i32): usize {
  return panel + <usize>((i / GROUP) * PANEL * GROUP + channel * GROUP + (i % GROUP) + (i / RUN) * SUM_BYTES);
}

/** Address of the scales of a panel's channels. */
export function scalesAddress8(panel: usize, k: i32): usize {
  return panel + <usize>(panel8Bytes(k) - PANEL * 4);
}

/** The largest magnitude of n values. */
export function largest(x: usize, n: i32): f32 {
  let top: f32 = 0;
  for (const end = x + (<usize>n << 2); x < end; x += 4) top = max(top, abs(f32.load(x)));
  return top;
}

/**
 * Quantises whole panels of w[n, k] symmetrically per output channel: w ≈ scale · q, |q| ≤ 127.
 *
 * Layout of a panel, in the order in which it is read: for each run [k / GROUP][8][GROUP] weights (i8) and 8 sums (i16) of −q, then
 * 8 scales (f32).
 *
 * @param w the rows `first` to `first + channels` of the weight; @param first a multiple of 8
 * @param out start of the packed weight
 */
export function pack8(w: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  for (let p = 0; p < channels; p += PANEL) {
    const panel = clearPanel8(out, k, first + p);
    for (let j = 0; j < min(PANEL, channels - p); j++) {
      const row = w + (<usize>((p + j) * k) << 2);
      const scale = largest(row, k) / 127;
      const inverse: f32 = scale > 0 ? <f32>1 / scale : 0;
      for (let i = 0; i < k; i++) setWeight8(panel, k, j, i, <i32>Mathf.round(f32.load(row + (<usize>i << 2)) * inverse));
      f32.store(scalesAddress8(panel, k) + (<usize>j << 2), scale);
    }
  }
}

/**
 * As `pack8`, of rows that are quantised already.
 *
 * @param rows the weights [channels, k] (i8), padded to a multiple of 4 bytes, then the scales [channels] (f32)
 */
export function place8(rows: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  const scales = rows + <usize>((channels * k + 3) & ~3);
  for (let p = 0; p < channels; p += PANEL) {
    const panel = clearPanel8(out, k, first + p);
    for (let j = 0; j < min(PANEL, channels - p); j++) {
      const row = rows + <usize>((p + j) * k);
      for (let i = 0; i < k; i++) setWeight8(panel, k, j, i, i32.load8_s(row + <usize>i));
      f32.store(scalesAddress8(panel, k) + (<usize>j << 2), f32.load(scales + (<usize>(p + j) << 2)));
    }
  }
}

function clearPanel8(packed: usize, k: i32, channel: i32): usize {
  const panel = panelAddress8(packed, k, channel);
  memory.fill(panel, 0, panel8Bytes(k));
  return panel;
}

/** Sets one weight of a panel, and adds it to the sum of its run. */
// @ts-ignore: decorator
@inline
function setWeight8(panel: usize, k: i32, channel: i32, i: i32, q: i32): void {
  i32.store8(weightAddress8(panel, channel, i), q);
  if (SUM_BYTES) {
    const run = i / RUN;
    const sum = panel + <usize>(min((run + 1) * RUN, paddedDepth(k)) * PANEL + run * SUM_BYTES + channel * 2);
    i32.store16(sum, i32.load16_s(sum) - q);
  }
}
