import { add } from '../elementwise';
import { sumSquares } from '../norm';
import { fma, sumLanes } from '../simd';
import { addScaled } from './elementwise';

// Gradients of operations on rows. Strides are in elements.

/**
 * The gradient of `gather`: dTable[ids[i] − first] += dy[i] for each row of dy[count, width], in order. Ids outside
 * [first, first + rows) are skipped.
 */
export function gatherGradient(
  dy: usize, dyStride: i32, ids: usize, count: i32, first: i32, dTable: usize, dTableStride: i32, rows: i32, width: i32,
): void {
  for (let i = 0; i < count; i++) {
    const row = i32.load(ids + (<usize>i << 2)) - first;
    if (<u32>row < <u32>rows) {
      const to = dTable + (<usize>row * <usize>dTableStride << 2);
      add(to, dy, to, width);
    }
    dy += <usize>dyStride << 2;
  }
}

/** The gradient of `meanRows`: each row of dx[rows, width] += dy[width] / rows. */
export function meanRowsGradient(dy: usize, dx: usize, dxStride: i32, rows: i32, width: i32): void {
  if (rows) addScaled(dy, 0, dx, dxStride, rows, width, <f32>1 / <f32>rows);
}

/** Σ a · b over n values. */
export function dotRow(a: usize, b: usize, n: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0;
  for (const end = a + (<usize>(n & ~7) << 2); a < end; a += 32) {
    s0 = fma(v128.load(a), v128.load(b), s0);
    s1 = fma(v128.load(a, 16), v128.load(b, 16), s1);
    b += 32;
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (let i = n & 7; i > 0; i--) {
    sum += f32.load(a) * f32.load(b);
    a += 4;
    b += 4;
  }
  return sum;
}

/**
 * The gradient of `l2Normalize`, y = x / max(‖x‖, ε): dx += (dy − y · (y · dy)) / ‖x‖ for each row of x[rows, n]; for ‖x‖ ≤ ε, dx += dy / ε.
 */
export function l2NormalizeGradient(
  x: usize, xStride: i32, dy: usize, dyStride: i32, dx: usize, dxStride: i32, rows: i32, n: i32, epsilon: f32,
): void {
  for (let r = 0; r < rows; r++) {
    const norm = Mathf.sqrt(sumSquares(x, n, 0));
    const factor = <f32>1 / max(norm, epsilon);
    addScaled(dy, 0, dx, 0, 1, n, factor);
    // The factors of x are multiplied one after another: the cube of 1 / ‖x‖ may overflow.
    if (norm > epsilon) addScaled(x, 0, dx, 0, 1, n, dotRow(x, dy, n) * factor * factor * -factor);
    x += <usize>xStride << 2;
    dy += <usize>dyStride << 2;
    dx += <usize>dxStride << 2;
  }
}

/** The gradient of `softmax`, y = softmax(x): dx += y · (dy − Σ y · dy) for each row. Zero for rows of only −∞, whose y is 0. */
export function softmaxGradient(y: usize, yStride: i32, dy: usize, dyStride: i32, dx: usize, dxStride: i32, rows: i32, n: i32): void {
  const end = <usize>(n & ~3) << 2, all = <usize>n << 2;
  for (let r = 0; r < rows; r++) {
    const sum = dotRow(y, dy, n);
    const s = f32x4.splat(sum);
    let i: usize = 0;
    for (; i < end; i += 16) {
      v128.store(dx + i, fma(v128.load(y + i), f32x4.sub(v128.load(dy + i), s), v128.load(dx + i)));
    }
    for (; i < all; i += 4) f32.store(dx + i, f32.load(dx + i) + f32.load(y + i) * (f32.load(dy + i) - sum));
    y += <usize>yStride << 2;
    dy += <usize>dyStride << 2;
    dx += <usize>dxStride << 2;
  }
}
