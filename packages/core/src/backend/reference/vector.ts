import type { SelectedValues } from '../backend.ts';
import type { ReferenceTensor } from './tensor.ts';

/** Whether a value comes before another in descending order. NaN comes first, equal values are in the order of their indices. */
function precedes(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}

/** The index of the largest value. */
export function argmax(x: ReferenceTensor): number {
  let best = 0;
  for (let i = 1; i < x.width; i++) if (precedes(x.at(0, i), x.at(0, best))) best = i;
  return best;
}

/** The k largest values: all values, sorted. */
export function topK(x: ReferenceTensor, k: number): SelectedValues {
  const order = Array.from({ length: x.width }, (_, i) => i);
  order.sort((i, j) => {
    const [a, b] = [x.at(0, i), x.at(0, j)];
    return precedes(a, b) ? -1 : precedes(b, a) ? 1 : i - j;
  });
  return select(x, order.slice(0, k));
}

export function valuesAtLeast(x: ReferenceTensor, threshold: number): SelectedValues {
  const all = Array.from({ length: x.width }, (_, i) => i);
  return select(
    x,
    all.filter((i) => x.at(0, i) >= threshold),
  );
}

export function sumExp(x: ReferenceTensor, shift: number, factor: number): number {
  let sum = 0;
  for (let i = 0; i < x.width; i++) sum += Math.exp((x.at(0, i) - shift) * factor);
  return sum;
}

export function searchExp(x: ReferenceTensor, shift: number, factor: number, target: number): number {
  let sum = 0;
  for (let i = 0; i < x.width; i++) {
    sum += Math.exp((x.at(0, i) - shift) * factor);
    if (sum > target) return i;
  }
  return -1;
}

function select(x: ReferenceTensor, order: readonly number[]): SelectedValues {
  return { indices: Int32Array.from(order), values: Float32Array.from(order, (i) => x.at(0, i)) };
}
