import { expClamp, expNonPositive4, expPolynomial, expExponent, expFraction } from './math';
import { storeRow16 } from './matmul/tile16';
import { maxLanes, sumLanes } from './simd';
import { WIDE } from './width';

const tail = memory.data(16, 16);

/** The last 1…3 values of a row, padded with `fill` to a vector, without reading past the row. */
function loadTail(from: usize, bytes: usize, fill: f32): v128 {
  v128.store(tail, f32x4.splat(fill));
  memory.copy(tail, from, bytes);
  return v128.load(tail);
}

function storeTail(to: usize, bytes: usize, value: v128): void {
  v128.store(tail, value);
  memory.copy(to, tail, bytes);
}

/** The largest of n values, −∞ for n = 0. A NaN may be ignored: the exponentials propagate it. */
export function rowMax(from: usize, n: i32): f32 {
  let m0 = f32x4.splat(-Infinity), m1 = m0, m2 = m0, m3 = m0;
  const end64 = from + (<usize>(n & ~15) << 2);
  while (from < end64) {
    m0 = f32x4.pmax(m0, v128.load(from));
    m1 = f32x4.pmax(m1, v128.load(from, 16));
    m2 = f32x4.pmax(m2, v128.load(from, 32));
    m3 = f32x4.pmax(m3, v128.load(from, 48));
    from += 64;
  }
  const end16 = from + (<usize>(n & 12) << 2);
  while (from < end16) {
    m0 = f32x4.pmax(m0, v128.load(from));
    from += 16;
  }
  const rest = <usize>(n & 3) << 2;
  if (rest) m1 = f32x4.pmax(m1, loadTail(from, rest, -Infinity));
  return maxLanes(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3)));
}

/** out ← e^(x − shift) for n values ≤ shift. Returns their sum. `out` may be x. */
export function expRow(x: usize, out: usize, n: i32, shift: f32): f32 {
  return WIDE ? wideExponentials(x, out, n, shift) : exponentials<Single>(x, out, n, shift, 0, 0, 0);
}

/** The exponentials of the last 0…7 values of a row. Returns `sum` plus these. */
function expTail(x: usize, out: usize, n: i32, shift: v128, sum: v128): v128 {
  if (n & 4) {
    const y = expNonPositive4(f32x4.sub(v128.load(x), shift));
    v128.store(out, y);
    sum = f32x4.add(sum, y);
    x += 16;
    out += 16;
  }
  const rest = <usize>(n & 3) << 2;
  if (rest) {
    const y = expNonPositive4(f32x4.sub(loadTail(x, rest, -Infinity), shift));
    storeTail(out, rest, y);
    sum = f32x4.add(sum, y);
  }
  return sum;
}

/** x ← x · factor for n values. */
export function scaleRow(at: usize, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  const end64 = at + (<usize>(n & ~15) << 2);
  while (at < end64) {
    const x0 = f32x4.mul(v128.load(at), f), x1 = f32x4.mul(v128.load(at, 16), f);
    const x2 = f32x4.mul(v128.load(at, 32), f), x3 = f32x4.mul(v128.load(at, 48), f);
    v128.store(at, x0);
    v128.store(at, x1, 16);
    v128.store(at, x2, 32);
    v128.store(at, x3, 48);
    at += 64;
  }
  const end = at + (<usize>(n & 12) << 2);
  while (at < end) {
    v128.store(at, f32x4.mul(v128.load(at), f));
    at += 16;
  }
  for (let i = n & 3; i > 0; i--) {
    f32.store(at, f32.load(at) * factor);
    at += 4;
  }
}

/** The largest value of the next row, written by `exponentials<Interleaved>`. */
const nextMaximum = memory.data(4);

/** Variants of `exponentials` as type arguments: `offsetof` is a compile-time constant (see matmul/rows.ts). */
@unmanaged class Single { a: u8 }
@unmanaged class Interleaved { a: u8; b: u8 }

/**
 * The exponentials of one row, as in `expRow`. Returns their sum. `Interleaved` also multiplies the previous row (`before`) by
 * `factor` and writes the largest value of the row `next` to `nextMaximum`: these are bound by memory, the exponentials by
 * arithmetic, so that one loop for all takes less time.
 */
function exponentials<W>(x: usize, out: usize, n: i32, shift: f32, before: usize, factor: f32, next: usize): f32 {
  const s = f32x4.splat(shift), f = f32x4.splat(factor);
  let m0 = f32x4.splat(-Infinity), m1 = m0;
  let sum = f32x4.splat(0);
  const bytes = <usize>(n & ~7) << 2;
  if (bytes) {
    const last = x + bytes - 32;
    let x0 = expClamp(f32x4.sub(v128.load(x), s)), x1 = expClamp(f32x4.sub(v128.load(x, 16), s));
    let n0 = expExponent(x0), n1 = expExponent(x1), r0 = expFraction(x0, n0), r1 = expFraction(x1, n1);
    for (const end = out + bytes; out < end; out += 32) {
      const y0 = expPolynomial(n0, r0), y1 = expPolynomial(n1, r1);
      // Not beside the other store: V8 13.6 with its revectorizer joins two, and aborts since the values come from the previous iteration.
      v128.store(out, y0);
      // The last iteration loads the last vectors again instead of reading past the row.
      x = min(x + 32, last);
      x0 = expClamp(f32x4.sub(v128.load(x), s)); x1 = expClamp(f32x4.sub(v128.load(x, 16), s));
      n0 = expExponent(x0); n1 = expExponent(x1); r0 = expFraction(x0, n0); r1 = expFraction(x1, n1);
      v128.store(out, y1, 16);
      sum = f32x4.add(sum, f32x4.add(y0, y1));
      if (offsetof<W>() == offsetof<Interleaved>()) {
        m0 = f32x4.pmax(m0, v128.load(next));
        m1 = f32x4.pmax(m1, v128.load(next, 16));
        v128.store(before, f32x4.mul(v128.load(before), f));
        v128.store(before, f32x4.mul(v128.load(before, 16), f), 16);
        next += 32;
        before += 32;
      }
    }
    x = last + 32;
  }
  const rest = n & 7;
  if (offsetof<W>() == offsetof<Interleaved>()) {
    scaleRow(before, rest, factor);
    f32.store(nextMaximum, max(maxLanes(f32x4.pmax(m0, m1)), rest ? rowMax(next, rest) : -Infinity));
  }
  return sumLanes(expTail(x, out, rest, s, sum));
}

/** As `expRow`, with the same sum, of 16 values at a time. */
function wideExponentials(x: usize, out: usize, n: i32, shift: f32): f32 {
  const s = f32x4.splat(shift);
  let sum = f32x4.splat(0);
  for (const end = x + (<usize>(n & ~15) << 2); x < end; x += 64) {
    const y0 = expNonPositive4(f32x4.sub(v128.load(x), s)), y1 = expNonPositive4(f32x4.sub(v128.load(x, 16), s));
    const y2 = expNonPositive4(f32x4.sub(v128.load(x, 32), s)), y3 = expNonPositive4(f32x4.sub(v128.load(x, 48), s));
    storeRow16(y0, y1, y2, y3, out);
    sum = f32x4.add(f32x4.add(sum, f32x4.add(y0, y1)), f32x4.add(y2, y3));
    out += 64;
  }
  if (n & 8) {
    const y0 = expNonPositive4(f32x4.sub(v128.load(x), s)), y1 = expNonPositive4(f32x4.sub(v128.load(x, 16), s));
    v128.store(out, y0);
    v128.store(out, y1, 16);
    sum = f32x4.add(sum, f32x4.add(y0, y1));
    x += 32;
    out += 32;
  }
  return sumLanes(expTail(x, out, n & 7, s, sum));
}

/** The value to subtract from a row: its maximum, or 0 if all values are −∞ (−∞ − −∞ would be NaN). */
// @ts-ignore: decorator
@inline
function softmaxShift(x: usize, n: i32, maximum: f32): f32 {
  // A row of −∞ and NaN keeps −∞ as its shift, and becomes NaN.
  return maximum == -Infinity && isEmptyRow(x, n) ? 0 : maximum;
}

/** 1 / sum, or 0 for a row of −∞, the only one whose sum is 0. */
// @ts-ignore: decorator
@inline
function inverseSum(sum: f32): f32 {
  return sum == 0 ? 0 : 1 / sum;
}

/**
 * Softmax of each row: x[rows, n] → out[rows, n], which may be x. A row of only −∞ (all keys masked) gives zeros, not NaN.
 * Rows are `…Stride` elements apart.
 */
export function softmax(x: usize, xStride: i32, out: usize, outStride: i32, rows: i32, n: i32): void {
  if (!rows) return;
  const xStep = <usize>xStride << 2, outStep = <usize>outStride << 2;
  if (WIDE) {
    for (; rows > 0; rows--) {
      scaleRow(out, n, inverseSum(wideExponentials(x, out, n, softmaxShift(x, n, rowMax(x, n)))));
      x += xStep;
      out += outStep;
    }
    return;
  }
  let sum = expRow(x, out, n, softmaxShift(x, n, rowMax(x, n)));
  if (rows > 1) f32.store(nextMaximum, rowMax(x + xStep, n));
  for (let r = 1; r < rows; r++) {
    x += xStep;
    const shift = softmaxShift(x, n, f32.load(nextMaximum));
    const next = r + 1 < rows ? x + xStep : x;
    sum = exponentials<Interleaved>(x, out + outStep, n, shift, out, inverseSum(sum), next);
    out += outStep;
  }
  scaleRow(out, n, inverseSum(sum));
}

/** Whether all n values are −∞. */
export function isEmptyRow(at: usize, n: i32): bool {
  for (let i = 0; i < n; i++) {
    if (f32.load(at + (<usize>i << 2)) != -Infinity) return false;
  }
  return true;
}
