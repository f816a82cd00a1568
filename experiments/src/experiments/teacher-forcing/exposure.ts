/**
 * Exposure bias: in training the decoder has read only right tokens, in decoding it reads its own, wrong ones among them.
 */

/** Counts of one target position. */
export interface PositionErrors {
  /** From 0. */
  readonly position: number;
  /** Targets with a token at this position. */
  readonly count: number;
  readonly errors: number;
}

/** Errors of predicted tokens, and how they follow each other. */
export interface ErrorRates {
  readonly byPosition: readonly PositionErrors[];
  /** Fraction of all tokens that are wrong. */
  readonly rate: number;
  /** The probability that a token is wrong when the one before it was right, the first token included. */
  readonly afterRight: number;
  /** The probability that a token is wrong when the one before it was wrong. Null without such tokens. */
  readonly afterError: number | null;
}

/**
 * Compares predicted tokens with those of the targets, position by position. A prediction that is shorter than its target is wrong in the
 * missing tokens; tokens beyond the target's end are not counted. A token that was inserted shifts those after it, which count as errors, too.
 */
export function errorRates(
  predictions: readonly ArrayLike<number>[],
  targets: readonly ArrayLike<number>[],
): ErrorRates {
  const positions: { position: number; count: number; errors: number }[] = [];
  const after = { right: { count: 0, errors: 0 }, error: { count: 0, errors: 0 } };
  for (const [s, target] of targets.entries()) {
    let before: keyof typeof after = 'right';
    for (let i = 0; i < target.length; i++) {
      positions[i] ??= { position: i, count: 0, errors: 0 };
      const isWrong = predictions[s]![i] !== target[i];
      for (const counts of [positions[i]!, after[before]]) {
        counts.count++;
        if (isWrong) counts.errors++;
      }
      before = isWrong ? 'error' : 'right';
    }
  }
  const { right, error } = after;
  return {
    byPosition: positions,
    rate: (right.errors + error.errors) / (right.count + error.count),
    afterRight: right.errors / right.count,
    afterError: error.count === 0 ? null : error.errors / error.count,
  };
}

/** Error rates in bins of `width` positions: 0 to `width − 1`, and so on. */
export function binned(byPosition: readonly PositionErrors[], width: number) {
  const bins: { from: number; to: number; count: number; errors: number }[] = [];
  for (const { position, count, errors } of byPosition) {
    const index = Math.floor(position / width);
    bins[index] ??= { from: index * width, to: (index + 1) * width - 1, count: 0, errors: 0 };
    bins[index]!.count += count;
    bins[index]!.errors += errors;
  }
  return bins;
}
