import type { CrossHead } from '../../engine/jobs/learn-cross.ts';

/** A row of a matrix `[rows, size]`. */
export const rowOf = (data: Float32Array, row: number, size: number): Float32Array =>
  data.subarray(row * size, (row + 1) * size);

/** One number of a dot product. */
export interface Product {
  readonly index: number;
  readonly query: number;
  readonly key: number;
  readonly product: number;
}

/** The numbers of a score: q · k = Σ products, and the score is this sum divided by √size. */
export function productsOf(head: CrossHead, query: number, key: number): Product[] {
  const q = rowOf(head.queries, query, head.size);
  const k = rowOf(head.keys, key, head.size);
  return Array.from(q, (value, index) => ({
    index,
    query: value,
    key: k[index] ?? 0,
    product: value * (k[index] ?? 0),
  }));
}

/** The token that a head is asked about at first: the last word. Its query finds the weekday. */
export function lastWord({ target }: CrossHead): number {
  return Math.max(0, target.length - 2);
}
