import { ConfigError } from '../../errors.ts';
import { checkOption, checkOptions, describeValue, type OptionNames } from '../../options.ts';

/** Sizes of T5's buckets of distances; config.json: `relative_attention_num_buckets`, `relative_attention_max_distance`. */
export interface RelativePositionBuckets {
  /** Default 32. */
  readonly numBuckets?: number;
  /** Larger distances are in the last bucket. Default 128. */
  readonly maxDistance?: number;
  /** Half of the buckets are for keys after the query (encoder); if false, those keys have distance 0 (decoder). Default true. */
  readonly bidirectional?: boolean;
}

/** What {@link RelativePositionBuckets} has. */
export const BUCKET_OPTIONS = {
  numBuckets: 'numeric',
  maxDistance: 'numeric',
  bidirectional: 'boolean',
} satisfies OptionNames<RelativePositionBuckets>;

/**
 * The bucket of a distance, key position − query position (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, §2.1): small distances have a
 * bucket each, larger ones share buckets whose widths grow logarithmically.
 */
export function relativePositionBucket(distance: number, options: RelativePositionBuckets = {}): number {
  checkOptions('relativePositionBucket', options, BUCKET_OPTIONS);
  checkOption('relativePositionBucket', 'distance', distance, 'number');
  const { numBuckets = 32, maxDistance = 128, bidirectional = true } = options;
  const buckets = { numBuckets, maxDistance, bidirectional };
  checkBuckets('relativePositionBucket', buckets);
  return bucketOf(distance, buckets);
}

/** {@link relativePositionBucket} of checked sizes. */
export function bucketOf(distance: number, sizes: Required<RelativePositionBuckets>): number {
  const { numBuckets, maxDistance, bidirectional } = sizes;
  const buckets = bidirectional ? numBuckets / 2 : numBuckets;
  const first = bidirectional && distance > 0 ? buckets : 0;
  const away = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = Math.floor(buckets / 2);
  if (away < exact) return first + away;
  // In float32, as in training: at the edges of buckets, more precision gives other buckets.
  const { fround } = Math;
  const share = fround(
    fround(fround(Math.log(fround(away / exact))) / fround(Math.log(maxDistance / exact))) *
      (buckets - exact),
  );
  return first + Math.min(buckets - 1, exact + Math.floor(share));
}

/** Maximum of `maxDistance`: there is a table of all distances up to it. */
const MAX_DISTANCE = 65_536;

/** Throws `ConfigError` for sizes that give no valid buckets. `layer` begins the message. */
export function checkBuckets(
  layer: string,
  { numBuckets, maxDistance, bidirectional }: Required<RelativePositionBuckets>,
): void {
  const exact = Math.floor(numBuckets / (bidirectional ? 4 : 2));
  const isEven = Number.isSafeInteger(numBuckets) && exact >= 1 && numBuckets % 2 === 0;
  if (isEven && Number.isSafeInteger(maxDistance) && maxDistance > exact && maxDistance <= MAX_DISTANCE)
    return;
  throw new ConfigError(
    `${layer}: numBuckets must be even, at least ${bidirectional ? 4 : 2}, and maxDistance a whole number above ${exact} and at most ${MAX_DISTANCE}, got ${describeValue(numBuckets)} and ${describeValue(maxDistance)}`,
  );
}
