// The kernel's sums of exponentials (packages/kernel-as/assembly/log-sum-exp.ts) in TypeScript, with the same bits: f32 products and sums, each
// rounded, and sums in float64 in the kernel's order.

const f32 = Math.fround;
const LEAST = f32(-88.02969);
const LOG2_E = f32(Math.LOG2E);
/** Adding it rounds to a whole number n and leaves n + 127 in the low bits. */
const ROUND = 12583039;
const LN2_HIGH = 0.693359375;
const LN2_LOW = f32(-2.1219444e-4);
const [C0, C1, C2, C3, C4] = [
  0.0013814608100801706, 0.008368710987269878, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552,
].map(f32) as [number, number, number, number, number];
/** 2^−n; 0 for n = 127, as in the kernel. */
const POWERS = Float32Array.from({ length: 128 }, (_, n) => (n < 127 ? 2 ** -n : 0));

/** e^x for x ≤ 0 in float32. */
function exponential(v: number): number {
  const x = Math.max(v, LEAST);
  const n = f32(f32(f32(x * LOG2_E) + ROUND) - ROUND);
  const r = f32(f32(x - f32(n * LN2_HIGH)) - f32(n * LN2_LOW));
  let p = f32(f32(C0 * r) + C1);
  p = f32(f32(p * r) + C2);
  p = f32(f32(p * r) + C3);
  p = f32(f32(p * r) + C4);
  return f32(f32(f32(f32(f32(r * r) * p) + r) + 1) * POWERS[-n]!);
}

/** See `Backend.sumExp`. */
export function sumExp(x: Float32Array, shift: number, factor = 1): number {
  const [s, f] = [f32(shift), f32(factor)];
  const sums = new Float64Array(4);
  for (let i = 0; i < x.length; i++) sums[i & 3]! += exponential(f32(f32(x[i]! - s) * f));
  return sums[0]! + sums[2]! + (sums[1]! + sums[3]!);
}

/** See `Backend.searchExp`. */
export function searchExp(x: Float32Array, shift: number, factor: number, target: number): number {
  const [s, f] = [f32(shift), f32(factor)];
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum += exponential(f32(f32(x[i]! - s) * f));
    if (sum > target) return i;
  }
  return -1;
}
