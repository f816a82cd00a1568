import { expNonPositive4, expNonPositive8 } from './math';
import { maxLanes, sumLanes } from './simd';

const tail = memory.data(16, 16);

/** The last 1…3 values of a row in a full vector, the rest of which is `fill`: no load reaches past the row. */
function loadTail(from: usize, bytes: usize, fill: f32): v128 {
  v128.store(tail, f32x4.splat(fill));
  memory.copy(tail, from, bytes);
  return v128.load(tail);
}

function storeTail(to: usize, bytes: usize, value: v128): void {
  v128.store(tail, value);
  memory.copy(to, tail, bytes);
}

/** The largest of n values; −∞ for none. A NaN may be passed over here: it comes back in the exponentials. */
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

/** out ← e^(x − shift) for n values, all ≤ shift; returns their sum. `out` may be x. */
export function expRow(x: usize, out: usize, n: i32, shift: f32): f32 {
  const s = f32x4.splat(shift);
  let sum0 = f32x4.splat(0), sum1 = sum0;
  const end32 = x + (<usize>(n & ~7) << 2);
  while (x < end32) {
    const y = expNonPositive8(f32x4.sub(v128.load(x), s), f32x4.sub(v128.load(x, 16), s), out);
    sum0 = f32x4.add(sum0, y);
    x += 32;
    out += 32;
  }
  if (n & 4) {
    const y = expNonPositive4(f32x4.sub(v128.load(x), s));
    v128.store(out, y);
    sum0 = f32x4.add(sum0, y);
    x += 16;
    out += 16;
  }
  const rest = <usize>(n & 3) << 2;
  if (rest) {
    const y = expNonPositive4(f32x4.sub(loadTail(x, rest, -Infinity), s));
    storeTail(out, rest, y);
    sum1 = f32x4.add(sum1, y);
  }
  return sumLanes(f32x4.add(sum0, sum1));
}

/** x ← x · factor for n values. */
export function scaleRow(at: usize, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  const end64 = at + (<usize>(n & ~15) << 2);
  while (at < end64) {
    v128.store(at, f32x4.mul(v128.load(at), f));
    v128.store(at, f32x4.mul(v128.load(at, 16), f), 16);
    v128.store(at, f32x4.mul(v128.load(at, 32), f), 32);
    v128.store(at, f32x4.mul(v128.load(at, 48), f), 48);
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

/**
 * Softmax over each row: x[rows, n] → out[rows, n], which may be x. A row that is −∞ throughout (nothing may be attended to)
 * becomes zeros rather than NaN. Rows are `…Stride` elements apart.
 */
export function softmax(x: usize, xStride: i32, out: usize, outStride: i32, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    const top = rowMax(x, n);
    // −∞ as the maximum of a row that has a NaN gives NaN throughout, as it should.
    if (top == -Infinity && isEmptyRow(x, n)) memory.fill(out, 0, <usize>n << 2);
    else scaleRow(out, n, 1 / expRow(x, out, n, top));
    x += <usize>xStride << 2;
    out += <usize>outStride << 2;
  }
}

/** Whether every one of n values is −∞. */
export function isEmptyRow(at: usize, n: i32): bool {
  for (let i = 0; i < n; i++) {
    if (f32.load(at + (<usize>i << 2)) != -Infinity) return false;
  }
  return true;
}
