import { expHeld, expNonPositive4, expOf, expPower, expRest } from './math';
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
  return exponentials<Alone>(x, out, n, shift, 0, 0, 0);
}

/** The last 0…7 values of a row: `sum` with their exponentials added. */
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

/** The largest value of the row that comes next. */
const nextTop = memory.data(4);

/** What is done beside a row's exponentials, as a type argument: a size settles it at compile time, as with a tile's rows. */
@unmanaged class Alone { a: u8 }
@unmanaged class Between { a: u8; b: u8 }

/**
 * One row's exponentials as `expRow` says. `Between` others, the row before is scaled by `factor` meanwhile and the largest value of the next
 * is found, and left in `nextTop`: what waits for memory goes on beside what waits for the multipliers. Returns the sum.
 */
function exponentials<W>(x: usize, out: usize, n: i32, shift: f32, before: usize, factor: f32, next: usize): f32 {
  const s = f32x4.splat(shift), f = f32x4.splat(factor);
  let m0 = f32x4.splat(-Infinity), m1 = m0;
  let sum = f32x4.splat(0);
  const bytes = <usize>(n & ~7) << 2;
  if (bytes) {
    const last = x + bytes - 32;
    let x0 = expHeld(f32x4.sub(v128.load(x), s)), x1 = expHeld(f32x4.sub(v128.load(x, 16), s));
    let n0 = expPower(x0), n1 = expPower(x1), r0 = expRest(x0, n0), r1 = expRest(x1, n1);
    for (const end = out + bytes; out < end; out += 32) {
      const y0 = expOf(n0, r0), y1 = expOf(n1, r1);
      // The last ones begin twice: nothing is read past the row.
      x = min(x + 32, last);
      x0 = expHeld(f32x4.sub(v128.load(x), s)); x1 = expHeld(f32x4.sub(v128.load(x, 16), s));
      n0 = expPower(x0); n1 = expPower(x1); r0 = expRest(x0, n0); r1 = expRest(x1, n1);
      v128.store(out, y0);
      v128.store(out, y1, 16);
      sum = f32x4.add(sum, f32x4.add(y0, y1));
      if (offsetof<W>() == offsetof<Between>()) {
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
  if (offsetof<W>() == offsetof<Between>()) {
    scaleRow(before, rest, factor);
    f32.store(nextTop, max(maxLanes(f32x4.pmax(m0, m1)), rest ? rowMax(next, rest) : -Infinity));
  }
  return sumLanes(expTail(x, out, rest, s, sum));
}

/** What to take from a row's values so that none is above 0. Anything will do for −∞ alone, except −∞. */
// @ts-ignore: decorator
@inline
function shiftOf(x: usize, n: i32, top: f32): f32 {
  // −∞ as the maximum of a row that has a NaN gives NaN throughout, as it should.
  return top == -Infinity && isEmptyRow(x, n) ? 0 : top;
}

/** Only a row of −∞ sums to 0: its zeros stay. */
// @ts-ignore: decorator
@inline
function factorOf(sum: f32): f32 {
  return sum == 0 ? 0 : 1 / sum;
}

/**
 * Softmax over each row: x[rows, n] → out[rows, n], which may be x. A row that is −∞ throughout (nothing may be attended to)
 * becomes zeros rather than NaN. Rows are `…Stride` elements apart.
 */
export function softmax(x: usize, xStride: i32, out: usize, outStride: i32, rows: i32, n: i32): void {
  if (!rows) return;
  const xStep = <usize>xStride << 2, outStep = <usize>outStride << 2;
  let sum = expRow(x, out, n, shiftOf(x, n, rowMax(x, n)));
  if (rows > 1) f32.store(nextTop, rowMax(x + xStep, n));
  for (let r = 1; r < rows; r++) {
    x += xStep;
    const shift = shiftOf(x, n, f32.load(nextTop));
    const next = r + 1 < rows ? x + xStep : x;
    sum = exponentials<Between>(x, out + outStep, n, shift, out, factorOf(sum), next);
    out += outStep;
  }
  scaleRow(out, n, factorOf(sum));
}

/** Whether every one of n values is −∞. */
export function isEmptyRow(at: usize, n: i32): bool {
  for (let i = 0; i < n; i++) {
    if (f32.load(at + (<usize>i << 2)) != -Infinity) return false;
  }
  return true;
}
