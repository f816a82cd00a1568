import { fma } from '../simd';

// Dot products of queries with keys in place, rows `step` bytes apart. All functions sum in the same order, so that their
// results are equal, and read exactly n values of each row.

/** The sum of the lanes of each of four vectors. */
// @ts-ignore: decorator
@inline
function sums4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** sum + q · k over the last `rest` features, for four keys. */
function addRest(sum: v128, q: usize, k: usize, step: usize, rest: i32): v128 {
  for (; rest > 0; rest--) {
    let x = v128.load32_zero(k);
    x = v128.load32_lane(k + step, x, 1);
    x = v128.load32_lane(k + step * 2, x, 2);
    x = v128.load32_lane(k + step * 3, x, 3);
    sum = fma(v128.load_splat<f32>(q), x, sum);
    q += 4;
    k += 4;
  }
  return sum;
}

/** q · k. */
export function dot(q: usize, k: usize, n: i32): f32 {
  let c = f32x4.splat(0);
  for (const end = q + (<usize>(n & ~3) << 2); q < end; q += 16) {
    c = fma(v128.load(q), v128.load(k), c);
    k += 16;
  }
  c = sums4(c, c, c, c);
  for (let i = n & 3; i > 0; i--) {
    c = fma(v128.load_splat<f32>(q), v128.load_splat<f32>(k), c);
    q += 4;
    k += 4;
  }
  return f32x4.extract_lane(c, 0);
}

/** to[4] = scale · q · k for four keys. */
export function dots4(q: usize, k: usize, step: usize, n: i32, scale: f32, to: usize): void {
  const s2 = step * 2, s3 = step * 3;
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
  for (const end = q + (<usize>(n & ~3) << 2); q < end; q += 16) {
    const x = v128.load(q);
    c0 = fma(x, v128.load(k), c0);
    c1 = fma(x, v128.load(k + step), c1);
    c2 = fma(x, v128.load(k + s2), c2);
    c3 = fma(x, v128.load(k + s3), c3);
    k += 16;
  }
  v128.store(to, f32x4.mul(addRest(sums4(c0, c1, c2, c3), q, k, step, n & 3), f32x4.splat(scale)));
}

/** to[8] = scale · q · k for eight keys. */
export function dots8(q: usize, k: usize, step: usize, n: i32, scale: f32, to: usize): void {
  const s2 = step * 2, s3 = step * 3;
  let l = k + step * 4;
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, d0 = c0, d1 = c0, d2 = c0, d3 = c0;
  for (const end = q + (<usize>(n & ~3) << 2); q < end; q += 16) {
    const x = v128.load(q);
    c0 = fma(x, v128.load(k), c0);
    c1 = fma(x, v128.load(k + step), c1);
    c2 = fma(x, v128.load(k + s2), c2);
    c3 = fma(x, v128.load(k + s3), c3);
    d0 = fma(x, v128.load(l), d0);
    d1 = fma(x, v128.load(l + step), d1);
    d2 = fma(x, v128.load(l + s2), d2);
    d3 = fma(x, v128.load(l + s3), d3);
    k += 16;
    l += 16;
  }
  v128.store(to, f32x4.mul(addRest(sums4(c0, c1, c2, c3), q, k, step, n & 3), f32x4.splat(scale)));
  v128.store(to, f32x4.mul(addRest(sums4(d0, d1, d2, d3), q, l, step, n & 3), f32x4.splat(scale)), 16);
}

/** As `dots4` for two queries; each key is read once. */
export function dots4x2(q0: usize, q1: usize, k: usize, step: usize, n: i32, scale: f32, to0: usize, to1: usize): void {
  const s2 = step * 2, s3 = step * 3;
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, d0 = c0, d1 = c0, d2 = c0, d3 = c0;
  for (const end = q0 + (<usize>(n & ~3) << 2); q0 < end; q0 += 16) {
    const x = v128.load(q0), y = v128.load(q1);
    const k0 = v128.load(k), k1 = v128.load(k + step);
    c0 = fma(x, k0, c0); d0 = fma(y, k0, d0);
    c1 = fma(x, k1, c1); d1 = fma(y, k1, d1);
    const k2 = v128.load(k + s2), k3 = v128.load(k + s3);
    c2 = fma(x, k2, c2); d2 = fma(y, k2, d2);
    c3 = fma(x, k3, c3); d3 = fma(y, k3, d3);
    q1 += 16;
    k += 16;
  }
  v128.store(to0, f32x4.mul(addRest(sums4(c0, c1, c2, c3), q0, k, step, n & 3), f32x4.splat(scale)));
  v128.store(to1, f32x4.mul(addRest(sums4(d0, d1, d2, d3), q1, k, step, n & 3), f32x4.splat(scale)));
}
