/** Samples of a contender in the order in which they were taken, in milliseconds. */
export type Samples = readonly number[];

/** Fewer samples say little about a change. */
const LEAST = 6;

/**
 * How much slower the slower half of a run was than the other: the median of all contenders' quotients of the best times of both halves. Contenders
 * take turns, so a change of one alone is not one of the machine. 1 where there are too few samples to tell.
 */
export function paceChange(all: readonly Samples[]): number {
  const quotients = all
    .filter((samples) => samples.length >= LEAST)
    .map((samples) => {
      const middle = samples.length >> 1;
      return Math.min(...samples.slice(middle)) / Math.min(...samples.slice(0, middle));
    })
    .sort((a, b) => a - b);
  const median = quotients[quotients.length >> 1] ?? 1;
  return Math.max(median, 1 / median);
}

/** A run during which the machine's speed changed by more than this says nothing. */
export const MOST_PACE_CHANGE = 1.3;

/**
 * How much longer the median of a contender's runs took than its best: the median of all contenders. Far above 1 where something else keeps the
 * machine busy.
 */
export function disturbance(
  rows: readonly { readonly bestMs: number | null; readonly medianMs: number | null }[],
): number {
  const quotients = rows
    .flatMap(({ bestMs, medianMs }) => (bestMs && medianMs ? [medianMs / bestMs] : []))
    .sort((a, b) => a - b);
  return quotients[quotients.length >> 1] ?? 1;
}

/** Above this a run is said to be disturbed. */
export const MOST_DISTURBANCE = 1.5;
