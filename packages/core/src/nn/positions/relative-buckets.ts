import { ConfigError } from '../../errors.ts';

/** Sizes of T5's buckets, named as in Hugging Face's configurations. */
export interface RelativePositionBuckets {
  /** Default 32. */
  readonly numBuckets?: number;
  /** Distances from here on share the last bucket. Default 128. */
  readonly maxDistance?: number;
  /** Half of the buckets are for keys after the query (an encoder); otherwise those count as distance 0 (a decoder). Default true. */
  readonly bidirectional?: boolean;
}

/**
 * The bucket of a distance, key's position − query's (Raffel et al. 2020, §2.1): small distances have one each, larger ones share
 * buckets that widen logarithmically.
 */
export function relativePositionBucket(distance: number, options: RelativePositionBuckets = {}): number {
  const { numBuckets = 32, maxDistance = 128, bidirectional = true } = options;
  const buckets = bidirectional ? numBuckets / 2 : numBuckets;
  const first = bidirectional && distance > 0 ? buckets : 0;
  const away = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = Math.floor(buckets / 2);
  if (away < exact) return first + away;
  // In float32, as the models were trained: at a bucket's edge a more exact logarithm would choose the other bucket.
  const { fround } = Math;
  const share = fround(
    fround(fround(Math.log(fround(away / exact))) / fround(Math.log(maxDistance / exact))) *
      (buckets - exact),
  );
  return first + Math.min(buckets - 1, exact + Math.floor(share));
}

/** Throws `ConfigError` for buckets that cannot be shared out, in the name of `layer`. */
export function checkBuckets(
  layer: string,
  { numBuckets, maxDistance, bidirectional }: Required<RelativePositionBuckets>,
): void {
  const exact = Math.floor(numBuckets / (bidirectional ? 4 : 2));
  if (Number.isSafeInteger(numBuckets) && exact >= 1 && maxDistance > exact && numBuckets % 2 === 0) return;
  throw new ConfigError(
    `${layer}: numBuckets must be even, at least ${bidirectional ? 4 : 2}, and maxDistance above ${exact}, got ${numBuckets} and ${maxDistance}`,
  );
}
