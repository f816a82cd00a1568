import { GROUP, PANEL, paddedChannels, paddedDepth } from './format';

/** Values of k to a sum, in both builds, so that they agree on sizes. */
const SUM_RUN: i32 = 32;

/** Sums of a channel. */
function sumsOf(k: i32): i32 {
  return max(1, (k + SUM_RUN - 1) / SUM_RUN);
}

/** Bytes of a [n, k] weight in 8 bits: with a scale (f32) for each channel, and the sum (i16) of each 32 weights. */
export function packed8Bytes(k: i32, n: i32): usize {
  return <usize>paddedChannels(n) * <usize>(paddedDepth(k) + 4 + 2 * sumsOf(k));
}

/** Where the scales begin. */
export function scales8(packed: usize, k: i32, n: i32): usize {
  return packed + <usize>paddedChannels(n) * <usize>paddedDepth(k);
}

/** Where the sums of the panel that starts with channel `first` begin: [runs][8]. */
export function sums8(packed: usize, k: i32, n: i32, first: i32): usize {
  return scales8(packed, k, n) + (<usize>paddedChannels(n) << 2) + <usize>(first * sumsOf(k) * 2);
}

/** The largest magnitude of n values. */
export function largest(x: usize, n: i32): f32 {
  let top: f32 = 0;
  for (const end = x + (<usize>n << 2); x < end; x += 4) top = max(top, abs(f32.load(x)));
  return top;
}

/**
 * Quantises whole panels of w[n, k] symmetrically per output channel: w ≈ scale · q, |q| ≤ 127. Called for a run of channels
 * that starts on a panel; `out` is the start of the whole packed weight.
 *
 * Layout: panels of [k / GROUP][8][GROUP] bytes, then all scales, then for each panel [runs][8] sums of −q, which undo the zero points
 * of activations.
 *
 * @param first first channel of the run, a multiple of 8
 * @param channels of the run
 */
export function pack8(w: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  const depth = paddedDepth(k);
  const scales = scales8(out, k, n);
  for (let p = 0; p < channels; p += PANEL) {
    const panel = out + <usize>(first + p) * <usize>depth;
    const sums = sums8(out, k, n, first + p);
    memory.fill(panel, 0, <usize>(PANEL * depth));
    memory.fill(sums, 0, <usize>(PANEL * sumsOf(k) * 2));
    for (let j = 0; j < PANEL; j++) {
      let scale: f32 = 0;
      if (p + j < channels) {
        const row = w + (<usize>((p + j) * k) << 2);
        scale = largest(row, k) / 127;
        const inverse: f32 = scale > 0 ? <f32>1 / scale : 0;
        for (let i = 0; i < k; i++) {
          const q = <i32>Mathf.round(f32.load(row + (<usize>i << 2)) * inverse);
          const sum = sums + <usize>(((i / SUM_RUN) * PANEL + j) * 2);
          i32.store16(sum, i32.load16_s(sum) - q);
          i32.store8(panel + <usize>((i / GROUP) * PANEL * GROUP + j * GROUP + (i % GROUP)), q);
        }
      }
      f32.store(scales + (<usize>(first + p + j) << 2), scale);
    }
  }
}
