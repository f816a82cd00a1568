import { add } from '../elementwise';
import { expNonPositive4 } from '../math';
import { expRow, isEmptyRow, rowMax } from '../softmax';

/**
 * Takes a row of scores into the running softmax: the row becomes e^(score − maximum) within [lo, hi) and 0 outside, and the
 * running maximum and sum move on. Returns the factor by which what was accumulated before has to shrink.
 */
export function absorb(row: usize, lo: i32, hi: i32, columns: i32, bias: usize, maximum: usize, sum: usize): f32 {
  if (lo >= hi) {
    memory.fill(row, 0, <usize>columns << 2);
    return 1;
  }
  const from = row + (<usize>lo << 2);
  const n = hi - lo;
  if (bias) add(from, bias + (<usize>lo << 2), from, n);
  const old = f32.load(maximum);
  const top = max(old, rowMax(from, n));
  if (top == -Infinity && isEmptyRow(from, n)) {
    memory.fill(row, 0, <usize>columns << 2);
    return 1;
  }
  if (lo) memory.fill(row, 0, <usize>lo << 2);
  if (hi < columns) memory.fill(row + (<usize>hi << 2), 0, <usize>(columns - hi) << 2);
  const factor: f32 = top == old ? 1 : f32x4.extract_lane(expNonPositive4(f32x4.splat(old - top)), 0);
  f32.store(maximum, top);
  f32.store(sum, f32.load(sum) * factor + expRow(from, from, n, top));
  return factor;
}
