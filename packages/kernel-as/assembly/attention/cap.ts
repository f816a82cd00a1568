import { tanh4 } from '../math';

/** cap · tanh(x / cap). */
export function capped(x: v128, cap: f32): v128 {
  return f32x4.mul(f32x4.splat(cap), tanh4(f32x4.div(x, f32x4.splat(cap))));
}

/** x ← cap · tanh(x / cap) for n values (soft cap; Gemma Team 2024, https://arxiv.org/abs/2408.00118, §2). */
export function capRow(x: usize, n: i32, cap: f32): void {
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) v128.store(x, capped(v128.load(x), cap));
  for (let i = n & 3; i > 0; i--) {
    v128.store32_lane(x, capped(v128.load32_zero(x), cap), 0);
    x += 4;
  }
}
