import { Random } from '../../platform/random.ts';

/** How the examples of an epoch are ordered and cut into batches. */
export interface BatchOptions {
  /** Most examples of a batch. */
  readonly batchSize: number;
  /** Most tokens of a batch; an example with more is a batch of its own. Default: no limit. */
  readonly maxTokensPerBatch?: number | undefined;
  /** Whether each epoch has an order of its own. Default true. */
  readonly shuffle?: boolean | undefined;
  /** Whether a batch has examples of similar length. Default false. */
  readonly bucketByLength?: boolean | undefined;
  readonly seed: number;
}

/** Batches of which examples of similar length are chosen, as in Hugging Face's `group_by_length`. */
const BATCHES_PER_BUCKET = 50;

/** Streams of the seed for the order of epochs; other streams are in `batchRandom`. */
const ORDER_STREAM = 1;

/**
 * The batches of an epoch, as indices of examples: a function of the options and the epoch alone, so that a run can be resumed at any of them.
 *
 * With `bucketByLength` the shuffled examples are cut into buckets of 50 batches, and each bucket is sorted by length; then the batches are
 * shuffled, so that lengths do not fall in the course of a bucket. Hugging Face leaves them in order, with the longest first.
 */
export function epochBatches(
  lengths: readonly number[],
  epoch: number,
  options: BatchOptions,
): readonly (readonly number[])[] {
  const { batchSize, maxTokensPerBatch = Infinity, shuffle = true, bucketByLength = false, seed } = options;
  const random = new Random(seed, (ORDER_STREAM << 24) + epoch);
  const order = lengths.map((_, i) => i);
  if (shuffle) shuffleInPlace(order, random);
  if (bucketByLength) sortBuckets(order, lengths, batchSize * BATCHES_PER_BUCKET);
  const batches: number[][] = [];
  let batch: number[] = [];
  let tokens = 0;
  for (const index of order) {
    const length = lengths[index]!;
    if (batch.length === batchSize || (batch.length > 0 && tokens + length > maxTokensPerBatch)) {
      batches.push(batch);
      [batch, tokens] = [[], 0];
    }
    batch.push(index);
    tokens += length;
  }
  if (batch.length > 0) batches.push(batch);
  if (bucketByLength && shuffle) shuffleInPlace(batches, random);
  return batches;
}

/** The order of Fisher and Yates (Durstenfeld 1964). */
function shuffleInPlace(items: unknown[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
}

function sortBuckets(order: number[], lengths: readonly number[], size: number): void {
  for (let from = 0; from < order.length; from += size) {
    const bucket = order.slice(from, from + size);
    bucket.sort((a, b) => lengths[b]! - lengths[a]!);
    for (const [i, index] of bucket.entries()) order[from + i] = index;
  }
}

/** The random numbers of a batch's collation: a function of its position in the run. */
export function batchRandom(seed: number, step: number, microBatch: number): Random {
  return new Random(seed, (Math.imul(step + 1, 0x9e3779b1) ^ Math.imul(microBatch + 1, 0x85ebca77)) >>> 0);
}
