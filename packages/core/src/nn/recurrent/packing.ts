import type { Offsets } from '../../backend/backend.ts';

/**
 * Sequences of different lengths laid out step by step, as PyTorch's `PackedSequence`: first the first tokens of all, longest sequence
 * first, then the second tokens of those that have one. So each step's sequences are the first few of the step before.
 */
export interface Packing {
  /** Sequences, longest first. */
  readonly order: Int32Array;
  /** Where each sequence stands in `order`. */
  readonly places: Int32Array;
  /** How many sequences have a token at each step. */
  readonly counts: readonly number[];
  /** Row of the batch for each row of the packing. */
  readonly rows: Int32Array;
  /** Row of the packing for each row of the batch. */
  readonly back: Int32Array;
}

export function pack(offsets: Offsets): Packing {
  const batch = offsets.length - 1;
  const length = (s: number) => offsets[s + 1]! - offsets[s]!;
  const order = Int32Array.from({ length: batch }, (_, s) => s).sort(
    (a, b) => length(b) - length(a) || a - b,
  );
  const places = new Int32Array(batch);
  for (const [place, s] of order.entries()) places[s] = place;

  const total = offsets.at(-1) ?? 0;
  const [rows, back] = [new Int32Array(total), new Int32Array(total)];
  const counts: number[] = [];
  let at = 0;
  for (let step = 0; batch > 0 && step < length(order[0]!); step++) {
    const first = at;
    for (const s of order) {
      if (length(s) <= step) break;
      rows[at] = offsets[s]! + step;
      back[offsets[s]! + step] = at++;
    }
    counts.push(at - first);
  }
  return { order, places, counts, rows, back };
}
