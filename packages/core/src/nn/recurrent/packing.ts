import type { Offsets } from '../../backend/backend.ts';

/**
 * Rows of sequences of different lengths in the order of PyTorch's `PackedSequence`: the first tokens of all sequences, longest sequence first,
 * then the second tokens of those that have one, and so on. The sequences of each step are a prefix of those of the step before.
 */
export interface Packing {
  /** Sequence indices, longest first. */
  readonly order: Int32Array;
  /** The index of each sequence in `order`. */
  readonly inverse: Int32Array;
  /** The number of sequences with a token at each step. */
  readonly counts: readonly number[];
  /** For each packed row, the row of the batch. */
  readonly rows: Int32Array;
  /** For each row of the batch, the packed row. */
  readonly packedRows: Int32Array;
}

export function pack(offsets: Offsets): Packing {
  const batch = offsets.length - 1;
  const length = (s: number) => offsets[s + 1]! - offsets[s]!;
  const order = Int32Array.from({ length: batch }, (_, s) => s).sort(
    (a, b) => length(b) - length(a) || a - b,
  );
  const inverse = new Int32Array(batch);
  for (const [index, s] of order.entries()) inverse[s] = index;

  const total = offsets.at(-1) ?? 0;
  const [rows, packedRows] = [new Int32Array(total), new Int32Array(total)];
  const counts: number[] = [];
  let at = 0;
  for (let step = 0; batch > 0 && step < length(order[0]!); step++) {
    const first = at;
    for (const s of order) {
      if (length(s) <= step) break;
      rows[at] = offsets[s]! + step;
      packedRows[offsets[s]! + step] = at++;
    }
    counts.push(at - first);
  }
  return { order, inverse, counts, rows, packedRows };
}
