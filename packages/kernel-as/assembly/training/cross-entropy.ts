import { expNonPositive4 } from '../math';
import { fma, sumLanes } from '../simd';
import { rowMax } from '../softmax';
import { loadLanes } from './lanes';

/** Values that are summed in f32; the sums of such parts are added in f64. */
const PART: i32 = 512;

/** Σ e^(x − shift) over n values, part by part, so that rounding does not grow with n. */
function sumExp(x: usize, n: i32, shift: f32): f64 {
  const s = f32x4.splat(shift);
  let sum: f64 = 0;
  while (n > 0) {
    const count = min(n, PART);
    let s0 = f32x4.splat(0), s1 = s0;
    for (const end = x + (<usize>(count & ~7) << 2); x < end; x += 32) {
      s0 = f32x4.add(s0, expNonPositive4(f32x4.sub(v128.load(x), s)));
      s1 = f32x4.add(s1, expNonPositive4(f32x4.sub(v128.load(x, 16), s)));
    }
    sum += sumLanes(f32x4.add(s0, s1));
    for (let left = count & 7; left > 0; left--) {
      sum += f32x4.extract_lane(expNonPositive4(f32x4.sub(v128.load32_zero(x), s)), 0);
      x += 4;
    }
    n -= count;
  }
  return sum;
}

/** Σ x over n values, part by part. */
function sumValues(x: usize, n: i32): f64 {
  let sum: f64 = 0;
  while (n > 0) {
    const count = min(n, PART);
    let s0 = f32x4.splat(0);
    for (const end = x + (<usize>(count & ~3) << 2); x < end; x += 16) s0 = f32x4.add(s0, v128.load(x));
    const left = <usize>(count & 3);
    if (left) s0 = f32x4.add(s0, loadLanes(x, left));
    x += left << 2;
    sum += sumLanes(s0);
    n -= count;
  }
  return sum;
}

/**
 * log x of a positive finite number, error ≤ 2 ulp: with x = 2^n · m, n · log 2 + 2 · artanh((m − 1) / (m + 1)) by its Taylor series.
 * `Math.log` has tables of 4 KB.
 */
function log(x: f64): f64 {
  let n = <i64>(reinterpret<u64>(x) >> 52) - 1023;
  let m = reinterpret<f64>((reinterpret<u64>(x) & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    n++;
  }
  const s = (m - 1) / (m + 1), t = s * s;
  let sum: f64 = 0;
  for (let k = 23; k > 1; k -= 2) sum = (sum + 1 / <f64>k) * t;
  return <f64>n * 0.6931471805599453 + 2 * (s + s * sum);
}

/**
 * Σ over the rows of logits[rows, classes] of (1 − ε) · (lse − x[label]) + ε / classes · Σ (lse − x), with lse = log Σ e^x: the cross entropy
 * of softmax and labels, with label smoothing (Szegedy et al. 2016, §7). Rows with the label `ignore` do not count. No probabilities are stored.
 *
 * @param labels [rows] of i32
 * @param statistics [rows, 2] of f32, for `crossEntropyGradient`: the largest value x̂ of each row, and 1 / Σ e^(x − x̂)
 */
export function crossEntropy(
  logits: usize, stride: i32, labels: usize, rows: i32, classes: i32, ignore: i32, smoothing: f64, statistics: usize,
): f64 {
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = i32.load(labels);
    if (label != ignore) {
      const maximum = rowMax(logits, classes);
      const sum = sumExp(logits, classes, maximum);
      // NaN logits, and rows with ∞ or of only −∞, give NaN.
      const normalizer = sum > 0 ? <f64>maximum + log(sum) : sum;
      loss += (1 - smoothing) * (normalizer - <f64>f32.load(logits + (<usize>label << 2)));
      if (smoothing != 0) loss += smoothing * (normalizer - sumValues(logits, classes) / <f64>classes);
      f32.store(statistics, maximum);
      f32.store(statistics, <f32>(1 / sum), 4);
    }
    logits += <usize>stride << 2;
    labels += 4;
    statistics += 8;
  }
  return loss;
}

/**
 * The gradient of `crossEntropy`: dLogits += factor · (softmax(logits) − target), where the target is 1 − ε + ε / classes at the label and
 * ε / classes elsewhere. Arguments are as for `crossEntropy`.
 *
 * @param factor gradient of the loss; @param statistics as written by `crossEntropy`
 */
export function crossEntropyGradient(
  logits: usize, stride: i32, labels: usize, rows: i32, classes: i32, ignore: i32, smoothing: f64, statistics: usize, factor: f32,
  dLogits: usize, dStride: i32,
): void {
  const even = f32x4.splat(<f32>(-<f64>factor * smoothing / <f64>classes));
  const end = <usize>(classes & ~3) << 2, all = <usize>classes << 2;
  for (let r = 0; r < rows; r++) {
    const label = i32.load(labels);
    if (label != ignore) {
      const m = f32x4.splat(f32.load(statistics)), f = f32x4.splat(factor * f32.load(statistics, 4));
      let i: usize = 0;
      for (; i < end; i += 16) {
        const p = expNonPositive4(f32x4.sub(v128.load(logits + i), m));
        v128.store(dLogits + i, f32x4.add(v128.load(dLogits + i), fma(p, f, even)));
      }
      for (; i < all; i += 4) {
        const p = expNonPositive4(f32x4.sub(v128.load32_zero(logits + i), m));
        f32.store(dLogits + i, f32.load(dLogits + i) + f32x4.extract_lane(fma(p, f, even), 0));
      }
      const at = dLogits + (<usize>label << 2);
      f32.store(at, f32.load(at) - <f32>(<f64>factor * (1 - smoothing)));
    }
    logits += <usize>stride << 2;
    dLogits += <usize>dStride << 2;
    labels += 4;
    statistics += 8;
  }
}
