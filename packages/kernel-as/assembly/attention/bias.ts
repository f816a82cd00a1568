/** x[n] += bias[n]. A bias of −∞ masks a key: the sum is −∞ also if x is NaN or infinite. */
export function addBias(x: usize, bias: usize, n: i32): void {
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    v128.store(x, biased(v128.load(x), v128.load(bias)));
    bias += 16;
  }
  for (let i = n & 3; i > 0; i--) {
    v128.store32_lane(x, biased(v128.load32_zero(x), v128.load32_zero(bias)), 0);
    x += 4;
    bias += 4;
  }
}

// @ts-ignore: decorator
@inline
function biased(x: v128, bias: v128): v128 {
  return f32x4.add(v128.andnot(x, f32x4.eq(bias, f32x4.splat(-Infinity))), bias);
}
