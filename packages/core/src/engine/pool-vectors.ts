import type { Offsets } from '../backend/backend.ts';
import type { PoolingMode } from '../models/encoders/pooling.ts';

/** Token vectors of several sequences. */
export interface TokenVectors {
  /** `[tokens, features]`, row-major. */
  readonly values: Float32Array;
  readonly features: number;
  /** Sequence `s` is the rows `offsets[s]` to `offsets[s + 1]`. */
  readonly offsets: Offsets;
  /** Number of tokens at the beginning of every sequence that are left out: those of a prompt. */
  readonly skip?: number;
}

/**
 * Pools the vectors of each sequence in one or several modes: `[sequences, modes · features]`. As in sentence-transformers, weights by position count
 * the tokens that are left out, and a sequence without tokens gives zeros (−∞ in the mode `max`).
 */
export function poolVectors(vectors: TokenVectors, modes: readonly PoolingMode[]): Float32Array {
  const { features, offsets } = vectors;
  const sequences = offsets.length - 1;
  const pooled = new Float32Array(sequences * modes.length * features);
  for (let s = 0; s < sequences; s++) {
    for (const [m, mode] of modes.entries()) {
      const at = (s * modes.length + m) * features;
      poolSequence(vectors, s, mode, pooled.subarray(at, at + features));
    }
  }
  return pooled;
}

function poolSequence(
  { values, features, offsets, skip = 0 }: TokenVectors,
  sequence: number,
  mode: PoolingMode,
  out: Float32Array,
): void {
  const start = offsets[sequence]!;
  const end = offsets[sequence + 1]!;
  const first = Math.min(start + skip, end);
  const row = (index: number) => values.subarray(index * features, (index + 1) * features);
  if (mode === 'cls' || mode === 'lasttoken') {
    // As in the library: where all tokens are left out, the first of the text, and zeros for the last.
    if (mode === 'cls' && end > start) out.set(row(first < end ? first : start));
    else if (mode === 'lasttoken' && first < end) out.set(row(end - 1));
    return;
  }
  if (mode === 'max') {
    out.fill(-Infinity);
    for (let index = first; index < end; index++) {
      const vector = row(index);
      for (let f = 0; f < features; f++) out[f] = Math.max(out[f]!, vector[f]!);
    }
    return;
  }
  const sums = new Float64Array(features);
  let total = 0;
  for (let index = first; index < end; index++) {
    const weight = mode === 'weightedmean' ? index - start + 1 : 1;
    const vector = row(index);
    for (let f = 0; f < features; f++) sums[f]! += weight * vector[f]!;
    total += weight;
  }
  const divisor = mode === 'mean_sqrt_len_tokens' ? Math.sqrt(total) : total;
  for (let f = 0; f < features; f++) out[f] = total === 0 ? 0 : sums[f]! / divisor;
}
