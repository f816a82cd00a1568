import { fma } from '../simd';

// Weighted sums of values in place, rows `step` bytes apart. All functions add values in the same order, so that their
// results are equal, and read exactly n values of each row.

/** sum + w[0] · v₀ + … + w[3] · v₃, each v a vector of its row. */
// @ts-ignore: decorator
@inline
function four(sum: v128, w0: v128, v0: v128, w1: v128, v1: v128, w2: v128, v2: v128, w3: v128, v3: v128): v128 {
  return fma(w3, v3, fma(w2, v2, fma(w1, v1, fma(w0, v0, sum))));
}

/** to[n] += w · v. */
export function weightedSum(to: usize, w: f32, v: usize, n: i32): void {
  const x = f32x4.splat(w);
  for (const end = to + (<usize>(n & ~3) << 2); to < end; to += 16) {
    v128.store(to, fma(x, v128.load(v), v128.load(to)));
    v += 16;
  }
  addRest(to, f32x4.extract_lane(x, 0), v, n & 3);
}

/** The last 1…3 values of `weightedSum`. */
function addRest(to: usize, w: f32, v: usize, rest: i32): void {
  for (; rest > 0; rest--) {
    f32.store(to, f32x4.extract_lane(fma(f32x4.splat(w), v128.load32_zero(v), v128.load32_zero(to)), 0));
    to += 4;
    v += 4;
  }
}

/** to[n] += w[4] · v. */
export function weightedSum4(to: usize, w: usize, v: usize, step: usize, n: i32): void {
  const s2 = step * 2, s3 = step * 3;
  const w0 = v128.load_splat<f32>(w), w1 = v128.load_splat<f32>(w, 4), w2 = v128.load_splat<f32>(w, 8), w3 = v128.load_splat<f32>(w, 12);
  for (const end = to + (<usize>(n & ~3) << 2); to < end; to += 16) {
    v128.store(to, four(v128.load(to), w0, v128.load(v), w1, v128.load(v + step), w2, v128.load(v + s2), w3, v128.load(v + s3)));
    v += 16;
  }
  addRests(to, w, 4, v, step, n & 3);
}

/** The last 1…3 values of `weightedSum4` and `weightedSum8`, of `count` rows. */
function addRests(to: usize, w: usize, count: i32, v: usize, step: usize, rest: i32): void {
  if (!rest) return;
  for (const end = w + (<usize>count << 2); w < end; w += 4) {
    addRest(to, f32.load(w), v, rest);
    v += step;
  }
}

/** to[n] += w[8] · v. */
export function weightedSum8(to: usize, w: usize, v: usize, step: usize, n: i32): void {
  const s2 = step * 2, s3 = step * 3;
  let u = v + step * 4;
  const w0 = v128.load_splat<f32>(w), w1 = v128.load_splat<f32>(w, 4), w2 = v128.load_splat<f32>(w, 8), w3 = v128.load_splat<f32>(w, 12);
  const w4 = v128.load_splat<f32>(w, 16), w5 = v128.load_splat<f32>(w, 20), w6 = v128.load_splat<f32>(w, 24), w7 = v128.load_splat<f32>(w, 28);
  for (const end = to + (<usize>(n & ~3) << 2); to < end; to += 16) {
    const half = four(v128.load(to), w0, v128.load(v), w1, v128.load(v + step), w2, v128.load(v + s2), w3, v128.load(v + s3));
    v128.store(to, four(half, w4, v128.load(u), w5, v128.load(u + step), w6, v128.load(u + s2), w7, v128.load(u + s3)));
    v += 16;
    u += 16;
  }
  addRests(to, w, 8, v, step, n & 3);
}

/** As `weightedSum4` for two outputs; each value is read once. */
export function weightedSum4x2(to0: usize, to1: usize, w: usize, x: usize, v: usize, step: usize, n: i32): void {
  const s2 = step * 2, s3 = step * 3;
  const w0 = v128.load_splat<f32>(w), w1 = v128.load_splat<f32>(w, 4), w2 = v128.load_splat<f32>(w, 8), w3 = v128.load_splat<f32>(w, 12);
  const x0 = v128.load_splat<f32>(x), x1 = v128.load_splat<f32>(x, 4), x2 = v128.load_splat<f32>(x, 8), x3 = v128.load_splat<f32>(x, 12);
  for (const end = to0 + (<usize>(n & ~3) << 2); to0 < end; to0 += 16) {
    const v0 = v128.load(v), v1 = v128.load(v + step), v2 = v128.load(v + s2), v3 = v128.load(v + s3);
    v128.store(to0, four(v128.load(to0), w0, v0, w1, v1, w2, v2, w3, v3));
    v128.store(to1, four(v128.load(to1), x0, v0, x1, v1, x2, v2, x3, v3));
    to1 += 16;
    v += 16;
  }
  addRests(to0, w, 4, v, step, n & 3);
  addRests(to1, x, 4, v, step, n & 3);
}
