import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';

/** Some rows of a batch's tokens, in order. `offsets` are those of the sequences among the selected rows. */
export interface SelectedRows {
  readonly rows: Int32Array;
  readonly offsets: Offsets;
}

/** The position of each token in its sequence: `first`, `first + 1`, … for each sequence. */
export function positionsOf(offsets: Offsets, first = 0): Int32Array {
  const positions = new Int32Array(offsets.at(-1) ?? 0);
  for (let s = 1; s < offsets.length; s++) {
    for (let i = offsets[s - 1]!; i < offsets[s]!; i++) positions[i] = first + i - offsets[s - 1]!;
  }
  return positions;
}

/** Rows of `x[rows, features]` by index: a view if they are consecutive, else a copy. */
export function selectRows(backend: Backend, x: Tensor, rows: Int32Array): Tensor {
  const [first = 0] = rows;
  for (let i = 1; i < rows.length; i++) {
    // A gather of rows is an embedding lookup.
    if (rows[i] !== first + i) return backend.embedding(x, rows);
  }
  return rows.length === x.shape[0] ? x : backend.rows(x, first, first + rows.length);
}

/** `rows` as the only ones of a forward pass, if they are the last row of each sequence and the batch has other rows too. */
export function onlyLastRows(offsets: Offsets, rows: Int32Array): SelectedRows | undefined {
  const count = offsets.length - 1;
  if (rows.length !== count || offsets[count] === count) return undefined;
  for (let s = 0; s < count; s++) if (rows[s] !== offsets[s + 1]! - 1) return undefined;
  return { rows, offsets: countingRows(count + 1) };
}

/** 0, 1, 2, …, count − 1. */
export function countingRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Throws `ShapeError` if a sequence has more than `limit` tokens. `what` begins the message: `BERT: a text`. */
export function checkLengths(what: string, offsets: Offsets, limit: number): void {
  for (let s = 1; s < offsets.length; s++) {
    const length = offsets[s]! - offsets[s - 1]!;
    if (length <= limit) continue;
    throw new ShapeError(`${what} may have at most ${limit} tokens, sequence ${s - 1} has ${length}`);
  }
}
