import type { Backend, Tensor } from '../../backend/backend.ts';

/** Rows of `x[rows, features]` by their indices: a view if they lie one after another, else a copy. */
export function pickRows(backend: Backend, x: Tensor, rows: Int32Array): Tensor {
  const [first = 0] = rows;
  for (let i = 1; i < rows.length; i++) {
    // Taking rows out of a matrix is what looking up embeddings does.
    if (rows[i] !== first + i) return backend.embedding(x, rows);
  }
  return rows.length === x.shape[0] ? x : backend.rows(x, first, first + rows.length);
}
