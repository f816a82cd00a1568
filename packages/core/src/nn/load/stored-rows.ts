import type { IndexRange } from '../run/shard.ts';

/**
 * A tensor of a checkpoint, or the rows of one from `firstRow` on where several layers are packed in it: `[totalRows, …]`. With `block` the rows
 * are not consecutive: `block.rows` of them, then as many again `block.stride` rows after the first, where the heads of queries, keys and values
 * alternate.
 */
export type StoredRows =
  | string
  | {
      readonly tensor: string;
      readonly firstRow: number;
      readonly totalRows: number;
      readonly block?: { readonly rows: number; readonly stride: number };
    };

/** Rows of a matrix of `shape` that a weight consists of, or with `columns` all of them in these columns. */
export interface RowRun {
  readonly stored: StoredRows;
  readonly shape: readonly number[];
  readonly rows: IndexRange;
  readonly columns?: IndexRange;
}
