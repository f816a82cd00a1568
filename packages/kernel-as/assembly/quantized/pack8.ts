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
  const depth = paddedDepth(k);
  for (let p = 0; p < channels; p += PANEL) {
    const panels = panelAddress8(out, k, first + p), together = panelsTogether(n, first + p);
    const index = ((first + p) / PANEL) & 1;
    for (let j = 0; j < PANEL; j++) {
      const row = w + (<usize>((p + j) * k) << 2), inside = p + j < channels;
      const scale: f32 = inside ? largest(row, k) / 127 : 0;
      const inverse: f32 = scale > 0 ? <f32>1 / scale : 0;
      f32.store(scalesAddress8(panels, together, index, k) + (<usize>j << 2), scale);
      for (let run = 0; run < runsOf(k); run++) {
        const at = runAddress8(panels, together, index, k, run), length = min(RUN, depth - run * RUN);
        let sum = 0;
        for (let i = 0; i < length; i++) {
          const from = run * RUN + i;
          const q = inside && from < k ? <i32>Mathf.round(f32.load(row + (<usize>from << 2)) * inverse) : 0;
          i32.store8(at + weightPosition8(j, i), q);
          sum -= q;
        }
        if (SUM_BYTES) i32.store16(at + <usize>(length * PANEL + j * 2), sum);
      }
    }
  }
}
