import { tanh4 } from '../math';

/** x ← cap · tanh(x / cap) for n values (soft cap; Gemma Team 2024, https://arxiv.org/abs/2408.00118, §2). */
export function capRow(x: usize, n: i32, cap: f32): void {
  const c = f32x4.splat(cap), inverse = f32x4.splat(1 / cap);
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    v128.store(x, f32x4.mul(c, tanh4(f32x4.mul(v128.load(x), inverse))));
  }
  for (let i = n & 3; i > 0; i--) {
    f32.store(x, capped(f32.load(x), cap));
    x += 4;
  }
}

/** cap · tanh(x / cap). */
export function capped(x: f32, cap: f32): f32 {
  return cap * f32x4.extract_lane(tanh4(f32x4.splat(x * (1 / cap))), 0);
}
