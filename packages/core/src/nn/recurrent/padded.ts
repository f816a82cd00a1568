import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { evenOffsets, type Sequences } from '../torch/float-array.ts';

/** Offsets of sequences of `lengths[s]` tokens each; without `lengths`, of the whole batch. Throws `ShapeError` for invalid lengths. */
export function offsetsOf(layer: string, { batch, length }: Sequences, lengths?: ArrayLike<number>): Offsets {
  if (!lengths) return evenOffsets(batch, length);
  const list = Array.from(lengths);
  if (list.length !== batch || !list.every((n) => Number.isSafeInteger(n) && n >= 0 && n <= length)) {
    throw new ShapeError(
      `${layer}: lengths must be ${batch} whole numbers from 0 to ${length}, got ${list.join(', ') || 'none'}`,
    );
  }
  const offsets = new Int32Array(batch + 1);
  for (const [s, n] of list.entries()) offsets[s + 1] = offsets[s]! + n;
  return offsets;
}

/** The rows of a padded batch `x[batch · length, features]` that are tokens: `[tokens, features]`. */
export function unpadded(backend: Backend, x: Tensor, length: number, offsets: Offsets): Tensor {
  const rows = new Int32Array(offsets.at(-1) ?? 0);
  forTokens(offsets, length, (token, row) => {
    rows[token] = row;
  });
  return backend.embedding(x, rows);
}

/** The inverse of {@link unpadded}: `[tokens, features]` → `[batch · length, features]`, padded with zeros. */
export function padded(backend: Backend, x: Tensor, length: number, offsets: Offsets): Tensor {
  const [tokens = 0, features = 0] = x.shape;
  const rows = new Int32Array((offsets.length - 1) * length).fill(tokens);
  forTokens(offsets, length, (token, row) => {
    rows[row] = token;
  });
  return backend.embedding(backend.concat([x, backend.zeros([1, features])], 0), rows);
}

/** Calls `visit` for each token with its row in a batch padded to `length`. */
function forTokens(offsets: Offsets, length: number, visit: (token: number, row: number) => void): void {
  for (let s = 1; s < offsets.length; s++) {
    const first = offsets[s - 1]!;
    for (let token = first; token < offsets[s]!; token++) visit(token, (s - 1) * length + token - first);
  }
}
