import { expNonPositive4 } from '../math';
import { scaleRow } from '../softmax';
import { capped } from './cap';
import { dot } from './dots';

// Products of blocks multiply the values of masked keys by 0, which gives NaN for values that are not finite. Rows of the output that are
// not finite are computed again without the masked keys: this costs nothing where all values are finite.

/** Whether one of n values is NaN or ±∞. */
function notFinite(x: usize, n: i32): bool {
  let sum = f32x4.splat(0);
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    // 0 · NaN and 0 · ∞ are NaN.
    const y = v128.load(x);
    sum = f32x4.add(sum, f32x4.sub(y, y));
  }
  let rest: f32 = 0;
  for (let i = n & 3; i > 0; i--) {
    const y = f32.load(x);
    rest += y - y;
    x += 4;
  }
  return v128.any_true(f32x4.ne(sum, f32x4.splat(0))) || rest != 0;
}

/**
 * If out[valueDim], the context of one query, is not finite: computes it again from the keys lo to hi whose score is not −∞.
 *
 * @param bias of the query's first key, or 0; other arguments as for `attention`
 */
export function repairRow(
  out: usize, q: usize, k: usize, kStride: i32, v: usize, vStride: i32, lo: i32, hi: i32, keys: i32, headDim: i32, valueDim: i32,
  scale: f32, softCap: f32, bias: usize,
): void {
  // Without masked keys there is nothing to leave out.
  if ((!bias && lo <= 0 && hi >= keys) || !notFinite(out, valueDim)) return;
  let top: f32 = -Infinity, sum: f32 = 0;
  memory.fill(out, 0, <usize>valueDim << 2);
  // The largest score, then the sum.
  for (let pass = 0; pass < 2; pass++) {
    for (let j = lo; j < hi; j++) {
      const offset: f32 = bias ? f32.load(bias + (<usize>j << 2)) : 0;
      if (offset == -Infinity) continue;
      let score = dot(q, k + (<usize>(j * kStride) << 2), headDim) * scale;
      if (softCap) score = f32x4.extract_lane(capped(f32x4.splat(score), softCap), 0);
      score += offset;
      // A NaN is kept: it makes all weights NaN.
      if (!pass) top = score <= top || top != top ? top : score;
      else if (score != -Infinity) {
        const weight = f32x4.extract_lane(expNonPositive4(f32x4.splat(score - top)), 0);
        sum += weight;
        addScaled(out, v + (<usize>(j * vStride) << 2), valueDim, weight);
      }
    }
  }
  if (sum == 0) return;
  scaleRow(out, valueDim, 1 / sum);
}

/** If out[valueDim] = weights[keys] · v is not finite: computes it again from the keys whose weight is not 0. */
export function repairContext(out: usize, weights: usize, v: usize, vStride: i32, keys: i32, valueDim: i32): void {
  if (!notFinite(out, valueDim)) return;
  memory.fill(out, 0, <usize>valueDim << 2);
  for (let j = 0; j < keys; j++) {
    const weight = f32.load(weights + (<usize>j << 2));
    if (weight != 0) addScaled(out, v + (<usize>(j * vStride) << 2), valueDim, weight);
  }
}

/** out += x · factor for n values. */
function addScaled(out: usize, x: usize, n: i32, factor: f32): void {
  for (const end = out + (<usize>n << 2); out < end; out += 4) {
    f32.store(out, f32.load(out) + f32.load(x) * factor);
    x += 4;
  }
}
