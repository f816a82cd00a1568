import type { TokenBatch } from '../../models/token-batch.ts';

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
 * Groups sequences, longest first, into batches of at most `BATCH_TOKENS` tokens (or one sequence, if that alone is longer). For `slots` that
 * compute at the same time, few tokens go into smaller batches, as many for each slot and all about as long, so that all end together.
 * Returns the indices of each batch' sequences.
 */
export function planBatches(lengths: readonly number[], slots = 1): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  // Of many batches it makes no difference if some slots have one more.
  if (slots === 1 || total > slots * BATCHES_PER_SLOT * BATCH_TOKENS) return fill(lengths, order);
  const rounds = Math.min(BATCHES_PER_SLOT, Math.max(1, Math.floor(total / (slots * LEAST_TOKENS))));
  return level(lengths, order, slots * rounds);
}

/** Fills one batch after another. */
function fill(lengths: readonly number[], order: readonly number[]): number[][] {
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
      room = BATCH_TOKENS - length;
    }
  }
  return batches;
}

/** Puts each sequence into the batch that is shortest so far (Graham's longest processing time first); the longest batch comes first. */
function level(lengths: readonly number[], order: readonly number[], count: number): number[][] {
  const batches = Array.from({ length: count }, () => ({ tokens: 0, indices: [] as number[] }));
  for (const index of order) {
    let shortest = batches.reduce((least, batch) => (batch.tokens < least.tokens ? batch : least));
    if (shortest.tokens > 0 && shortest.tokens + lengths[index]! > BATCH_TOKENS) {
      shortest = { tokens: 0, indices: [] };
      batches.push(shortest);
    }
    shortest.indices.push(index);
    shortest.tokens += lengths[index]!;
  }
  const used = batches.filter(({ indices }) => indices.length > 0);
  return used.sort((a, b) => b.tokens - a.tokens).map(({ indices }) => indices);
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
