import { expNonPositive4 } from '../math';
import { expRow, isEmptyRow, rowMax } from '../softmax';
import { addBias } from './bias';
import { capRow } from './cap';

/**
 * One step of the online softmax (Milakov & Gimelshein 2018) for a block of one query's scores: the scores become
 * e^(score − maximum) in [lo, hi) and 0 outside, and the running maximum and sum are updated. Returns
 * e^(old maximum − new maximum), by which the output accumulated so far must be multiplied.
 *
 * @param row scores[columns], overwritten
 * @param softCap as for `attention`; @param bias added to the scores, `columns` values, or 0
 * @param maximum address of the running maximum (f32); @param sum of the running sum (f32)
 */
export function onlineSoftmaxUpdate(
  row: usize, lo: i32, hi: i32, columns: i32, softCap: f32, bias: usize, maximum: usize, sum: usize,
): f32 {
  if (lo >= hi) {
    memory.fill(row, 0, <usize>columns << 2);
    return 1;
  }
  const from = row + (<usize>lo << 2);
  const n = hi - lo;
  if (softCap) capRow(from, n, softCap);
  if (bias) addBias(from, bias + (<usize>lo << 2), n);
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
