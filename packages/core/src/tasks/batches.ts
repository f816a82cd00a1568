import type { TokenBatch } from '../models/encoder.ts';

/** One tokenised text. */
export interface Sequence {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
}

/**
 * Enough tokens to keep the matmuls' tiles full, few enough for activations to stay in the cache. Nothing is padded, so larger
 * batches gain nothing.
 */
export const BATCH_TOKENS = 512;

/** Fewest tokens worth a batch of their own, and batches that each of several slots should get so that all end together. */
const LEAST_TOKENS = 64;
const BATCHES_PER_SLOT = 4;

/**
 * Groups sequences, longest first, into batches of at most `BATCH_TOKENS` tokens (or one sequence, if that alone is longer); of fewer
 * if there would be too few batches for `slots` that compute at the same time. Returns the indices of each batch' sequences.
 */
export function planBatches(lengths: readonly number[], slots = 1): number[][] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const fair = slots === 1 ? BATCH_TOKENS : Math.ceil(total / (slots * BATCHES_PER_SLOT));
  const maxTokens = Math.min(BATCH_TOKENS, Math.max(LEAST_TOKENS, fair));
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: number[][] = [];
  let room = 0;
  for (const index of order) {
    const length = lengths[index]!;
    const last = batches.at(-1);
    if (last && length <= room) {
      last.push(index);
      room -= length;
    } else {
      batches.push([index]);
      room = maxTokens - length;
    }
  }
  return batches;
}

/** Puts sequences one after another. */
export function joinSequences(sequences: readonly Sequence[]): TokenBatch {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [s, { ids }] of sequences.entries()) offsets[s + 1] = offsets[s]! + ids.length;
  const tokens = offsets.at(-1) ?? 0;
  const batch = { ids: new Int32Array(tokens), typeIds: new Int32Array(tokens), offsets };
  for (const [s, { ids, typeIds }] of sequences.entries()) {
    batch.ids.set(ids, offsets[s]);
    batch.typeIds.set(typeIds, offsets[s]);
  }
  return batch;
}
