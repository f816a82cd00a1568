import {
  GROUP, PANEL, paddedChannels, paddedDepth, panel8Bytes, panelsTogether, RUN, run8Bytes, runsOf, SUM_BYTES,
} from './format';

/** Values of k per sum, in both builds, so that sizes are equal in both. */
const SUM_RUN: i32 = 32;

/** Bytes of a packed weight [n, k] in 8 bits, with a scale (f32) for each channel and a sum (i16) for each 32 weights. */
export function packed8Bytes(k: i32, n: i32): usize {
  const sums = max(1, (k + SUM_RUN - 1) / SUM_RUN);
  return <usize>paddedChannels(n) * <usize>(paddedDepth(k) + 4 + 2 * sums);
}

/**
 * Address of the panels stored together with that of a channel. The runs of two neighbouring panels alternate, so that a product of
 * one row with 16 channels reads one stream; the last of an odd number of panels is alone.
 */
export function panelAddress8(packed: usize, k: i32, channel: i32): usize {
  return packed + <usize>(channel / (2 * PANEL)) * <usize>(2 * panel8Bytes(k));
}

/**
 * Address of a run of a panel. Runs of `together` panels alternate.
 *
 * @param panels start of the panels stored together; @param index of the panel among them, 0 or 1
 */
export function runAddress8(panels: usize, together: i32, index: i32, k: i32, run: i32): usize {
  return panels + <usize>(run * together * run8Bytes(RUN) + index * run8Bytes(min(RUN, paddedDepth(k) - run * RUN)));
}

/** Position of a weight in its run. */
// @ts-ignore: decorator
@inline
export function weightPosition8(channel: i32, i: i32): usize {
  return <usize>((i / GROUP) * PANEL * GROUP + channel * GROUP + (i % GROUP));
}

/** Address of the scales of a panel's channels. */
export function scalesAddress8(panels: usize, together: i32, index: i32, k: i32): usize {
  return panels + <usize>(together * panel8Bytes(k) + (index - together) * PANEL * 4);
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
 * Layout of the panels stored together, in the order in which they are read: for each run, of each panel [k / GROUP][8][GROUP]
 * weights (i8) and 8 sums (i16) of −q; then the scales (f32) of their channels.
 *
 * @param w the rows `first` to `first + channels` of the weight; @param first a multiple of 8
 * @param out start of the packed weight
 */
export function pack8(w: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  for (let j = 0; j < ((channels + PANEL - 1) & ~(PANEL - 1)); j++) {
    const row = w + (<usize>(j * k) << 2);
    storeChannel8<Floats>(j < channels ? row : 0, j < channels ? largest(row, k) / 127 : 0, k, n, first + j, out);
  }
}

/**
 * As `pack8`, of rows that are quantised already.
 *
 * @param rows the weights [channels, k] (i8), padded to a multiple of 4 bytes, then the scales [channels] (f32)
 */
export function place8(rows: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  const scales = rows + <usize>((channels * k + 3) & ~3);
  for (let j = 0; j < ((channels + PANEL - 1) & ~(PANEL - 1)); j++) {
    const inside = j < channels;
    const scale: f32 = inside ? f32.load(scales + (<usize>j << 2)) : 0;
    storeChannel8<Bytes>(inside ? rows + <usize>(j * k) : 0, scale, k, n, first + j, out);
  }
}

/** The type of a row's values as a type argument: `offsetof` is a compile-time constant (see matmul/rows.ts). */
@unmanaged class Floats { a: u8 }
@unmanaged class Bytes { a: u8; b: u8 }

/** Stores the k weights at `row`, zeros if it is 0, and their scale as a channel. Floats are divided by the scale and rounded. */
function storeChannel8<T>(row: usize, scale: f32, k: i32, n: i32, channel: i32, out: usize): void {
  const panels = panelAddress8(out, k, channel), together = panelsTogether(n, channel);
  const index = (channel / PANEL) & 1, j = channel & (PANEL - 1);
  const inverse: f32 = scale > 0 ? <f32>1 / scale : 0;
  const depth = paddedDepth(k), count = row ? k : 0;
  f32.store(scalesAddress8(panels, together, index, k) + (<usize>j << 2), scale);
  for (let run = 0; run < runsOf(k); run++) {
    const at = runAddress8(panels, together, index, k, run), start = run * RUN, length = min(RUN, depth - start);
    let sum = 0;
    for (let i = 0; i < length; i++) {
      let q = 0;
      if (start + i < count) {
        const from = <usize>(start + i);
        q = offsetof<T>() == offsetof<Floats>()
          ? <i32>Mathf.round(f32.load(row + (from << 2)) * inverse)
          : i32.load8_s(row + from);
      }
      i32.store8(at + weightPosition8(j, i), q);
      sum -= q;
    }
    if (SUM_BYTES) i32.store16(at + <usize>(length * PANEL + j * 2), sum);
  }
}
