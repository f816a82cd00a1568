import { GROUP, PANEL, paddedChannels, paddedDepth } from './format';

/** Bytes of a [n, k] weight in 8 bits, its scales (f32) and channel sums (i32) included. */
export function packed8Bytes(k: i32, n: i32): usize {
  return <usize>paddedChannels(n) * (<usize>paddedDepth(k) + 8);
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
 * Layout: panels of [k / GROUP][8][GROUP] bytes, then all scales, then all Σ q.
 *
 * @param first first channel of the run, a multiple of 8
 * @param channels of the run
 */
export function pack8(w: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  const depth = paddedDepth(k);
  const all = paddedChannels(n);
  const scales = out + <usize>all * <usize>depth;
  const sums = scales + (<usize>all << 2);
  for (let p = 0; p < channels; p += PANEL) {
    const panel = out + <usize>(first + p) * <usize>depth;
    memory.fill(panel, 0, <usize>(PANEL * depth));
    for (let j = 0; j < PANEL; j++) {
      const channel = <usize>(first + p + j);
      let sum = 0;
      let scale: f32 = 0;
      if (p + j < channels) {
        const row = w + (<usize>((p + j) * k) << 2);
        scale = largest(row, k) / 127;
        const inverse: f32 = scale > 0 ? <f32>1 / scale : 0;
        for (let i = 0; i < k; i++) {
          const q = <i32>Mathf.round(f32.load(row + (<usize>i << 2)) * inverse);
          sum += q;
          i32.store8(panel + <usize>((i / GROUP) * PANEL * GROUP + j * GROUP + (i % GROUP)), q);
        }
      }
      f32.store(scales + (channel << 2), scale);
      i32.store(sums + (channel << 2), sum);
    }
  }
}
