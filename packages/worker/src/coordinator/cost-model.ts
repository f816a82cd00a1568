import { planBatches } from '@headwise/core';

/** How a call uses the workers: all of them on each batch, or each of them on other batches. */
export type Way = 'heads' | 'batch';

/** Milliseconds that one text takes. */
export interface MeasuredTimes {
  /** Its length in tokens. */
  readonly tokens: number;
  /** Spread over all workers. */
  readonly heads: number;
  /** In one worker, while the others rest. */
  readonly alone: number;
  /** In one worker, while each of the others computes as much. */
  readonly together: number;
}

/** What of a model's shape decides how its work grows with the length of texts. */
export interface ModelShape {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
}

/** How many of the last calls count, from how many on, and for how many milliseconds: one slow call is chance, several are not. */
const LAST_CALLS = 5;
const ENOUGH_CALLS = 3;
const MEMORY_MS = 5000;

/** Attention takes about this many times as long for an operation as matrix products do. */
const ATTENTION_COST = 2;

/** A call that took so many times as long as an undisturbed one. */
interface PastCall {
  readonly factor: number;
  readonly at: number;
}

/**
 * Foretells how long texts take in either way, from what texts of some lengths were measured to take on this machine. Between those, and
 * beyond the longest, time grows in proportion to the operations of the model's layers.
 *
 * It learns from the last calls: on a machine that has become busy a way takes longer, and all workers on one text suffer most from it.
 * What it has learned it forgets within seconds, so that a way that was slow is tried again.
 */
export class CostModel {
  readonly #points: readonly (MeasuredTimes & { readonly work: number })[];
  readonly #shape: ModelShape;
  readonly #workers: number;
  readonly #now: () => number;
  readonly #past: Readonly<Record<Way, PastCall[]>> = { heads: [], batch: [] };

  /** `measured` are of different lengths, the shortest first; at least one. */
  constructor(
    shape: ModelShape,
    workers: number,
    measured: readonly MeasuredTimes[],
    now = () => performance.now(),
  ) {
    this.#now = now;
    this.#shape = shape;
    this.#workers = workers;
    this.#points = measured.map((times) => ({ ...times, work: this.#workOf([times.tokens]) }));
  }

  /** Milliseconds for texts of these lengths in tokens, by the way in which they are computed. */
  predict(lengths: readonly number[]): Readonly<Record<Way, number>> {
    const { heads, batch } = this.#undisturbed(lengths);
    return { heads: heads * this.#paceOf('heads'), batch: batch * this.#paceOf('batch') };
  }

  /** A call that nothing else of this model stood in the way of took so many milliseconds. */
  learn(way: Way, lengths: readonly number[], took: number): void {
    const past = this.#past[way];
    past.push({ factor: took / this.#undisturbed(lengths)[way], at: this.#now() });
    if (past.length > LAST_CALLS) past.shift();
  }

  #paceOf(way: Way): number {
    const since = this.#now() - MEMORY_MS;
    const factors = this.#past[way].filter(({ at }) => at > since).map(({ factor }) => factor);
    // The median, of an even number the lower one.
    return factors.length < ENOUGH_CALLS ? 1 : factors.sort((a, b) => a - b)[(factors.length - 1) >> 1]!;
  }

  #undisturbed(lengths: readonly number[]): Record<Way, number> {
    const timesOf = (slots: number, kind: 'heads' | 'alone' | 'together') =>
      planBatches(lengths, slots).map((batch) =>
        this.#interpolate(kind, this.#workOf(batch.map((i) => lengths[i]!))),
      );
    const heads = timesOf(1, 'heads').reduce((sum, time) => sum + time, 0);
    const batches = planBatches(lengths, this.#workers).length;
    return {
      heads,
      batch: lastEnd(timesOf(this.#workers, batches > 1 ? 'together' : 'alone'), this.#workers),
    };
  }

  /** Operations of a layer on texts that are computed together, but for what all lengths have in common. */
  #workOf(lengths: readonly number[]): number {
    const { hiddenSize: hidden, intermediateSize: inner } = this.#shape;
    const perToken = 2 * (4 * hidden * hidden + 2 * hidden * inner);
    return lengths.reduce((sum, n) => sum + n * (perToken + ATTENTION_COST * 4 * n * hidden), 0);
  }

  #interpolate(kind: 'heads' | 'alone' | 'together', work: number): number {
    const points = this.#points;
    // The segment in which it lies; the last one goes on for ever.
    const next = points.findIndex((point) => point.work >= work);
    const above = points[next < 0 ? points.length - 1 : next]!;
    const below = points[(next < 0 ? points.length - 1 : next) - 1];
    if (!below) return next < 0 ? (above[kind] * work) / above.work : above[kind];
    const slope = Math.max(0, above[kind] - below[kind]) / (above.work - below.work);
    return below[kind] + slope * (work - below.work);
  }
}

/** When the last of several batches ends, if each goes to the worker that is free first. */
function lastEnd(times: readonly number[], workers: number): number {
  const ends = new Array<number>(workers).fill(0);
  for (const time of times) ends[ends.indexOf(Math.min(...ends))]! += time;
  return Math.max(...ends);
}
