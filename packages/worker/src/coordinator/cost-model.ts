import { planBatches } from '@headwise/core';
import { TimeCurve } from './time-curve.ts';

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

type Kind = Exclude<keyof MeasuredTimes, 'tokens'>;

/** What of a model's shape decides how its work grows with the length of texts. */
export interface ModelShape {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
}

/** A call that took so many times as long as an undisturbed one, and until when that counts. */
interface PastCall {
  readonly took: number;
  readonly factor: number;
  readonly until: number;
}

/** How a call is to be computed, and why. */
export interface Choice {
  readonly split: Way;
  /** Whether it is only to see how long this way takes: the other one is expected to be faster, and not by much. */
  readonly trial: boolean;
  /** Milliseconds that the call is expected to take in either way. */
  readonly predicted: Readonly<Record<Way, number>>;
}

/** Attention takes about this many times as long for an operation as matrix products do. */
const ATTENTION_COST = 2;

/**
 * How many of the last calls count, and from how many on: one slow call is chance, several are not. Short ones count for so many
 * milliseconds at least, as they come slowly by the dozen where the system has put two threads on one core for a moment. They count for so
 * many times as long as they took, up to so many milliseconds: then the way that was slow is tried again.
 */
const LAST_CALLS = 5;
const ENOUGH_CALLS = 3;
const LAST_MS = 100;
const ENOUGH_MS = 50;
const MEMORY = 100;
const MOST_MEMORY_MS = 5000;

/**
 * For how many milliseconds single texts of about the same length are computed in a way that may be slower, to see whether it is: if it is
 * expected to be so much slower at most, or to take no more than so many milliseconds. Short texts need many runs in a row until
 * the system has the threads where they are fastest, and what was measured of them while loading may be several times too long.
 */
const TRIAL_MS = 100;
const WORTH_A_TRIAL = 1.6;
const ALWAYS_TRIED_MS = 25;

/** For how many milliseconds it counts how long a call of many batches took. */
const MANY_MEMORY_MS = 60_000;

/**
 * Foretells how long texts take in either way, from what texts of some lengths were measured to take on this machine. Between those, and
 * beyond the longest, time grows in proportion to the operations of the model's layers.
 *
 * It learns from the calls that are made. One that is faster than foretold corrects what was measured, perhaps in a bad moment; so that
 * both ways have the chance, the first few texts of each length are computed in either. When the last calls were slower, the machine has
 * become busy, and all workers on one text suffer most from that: what it has learned of that it forgets within seconds, so that a
 * way that was slow is tried again.
 */
export class CostModel {
  readonly #shape: ModelShape;
  readonly #workers: number;
  readonly #now: () => number;
  readonly #curves: Readonly<Record<Kind, TimeCurve>>;
  readonly #past: Readonly<Record<Way, PastCall[]>> = { heads: [], batch: [] };
  /** The last call of many batches: what was measured of single texts foretells these less well. */
  readonly #many: Record<Way, Omit<PastCall, 'took'> | undefined> = { heads: undefined, batch: undefined };
  /** Milliseconds of single texts that were computed, by about how much work they were. */
  readonly #seen: Readonly<Record<Way, Map<number, number>>> = { heads: new Map(), batch: new Map() };

  /** `measured` are of different lengths; at least one. */
  constructor(
    shape: ModelShape,
    workers: number,
    measured: readonly MeasuredTimes[],
    now = () => performance.now(),
  ) {
    this.#shape = shape;
    this.#workers = workers;
    this.#now = now;
    const curve = (kind: Kind) =>
      new TimeCurve(measured.map((times) => ({ work: this.#workOf([times.tokens]), time: times[kind] })));
    this.#curves = { heads: curve('heads'), alone: curve('alone'), together: curve('together') };
  }

  /** Milliseconds for texts of these lengths in tokens, by the way in which they are computed. */
  predict(lengths: readonly number[]): Readonly<Record<Way, number>> {
    return this.#foretell(this.#plans(lengths));
  }

  choose(lengths: readonly number[]): Choice {
    const plans = this.#plans(lengths);
    const predicted = this.#foretell(plans);
    const [faster, slower] =
      predicted.batch < predicted.heads ? (['batch', 'heads'] as const) : (['heads', 'batch'] as const);
    const [work, ...others] = plans[slower];
    const seen = this.#seen[slower].get(sizeClass(work ?? 1)) ?? 0;
    const close = predicted[slower] < Math.max(WORTH_A_TRIAL * predicted[faster], ALWAYS_TRIED_MS);
    const trial = others.length === 0 && close && seen < TRIAL_MS;
    return { split: trial ? slower : faster, trial, predicted };
  }

  /** A call that nothing else of this model stood in the way of took so many milliseconds. */
  learn(way: Way, lengths: readonly number[], took: number): void {
    const batches = this.#batches(way, lengths);
    const [work = 1, ...others] = batches;
    if (others.length === 0) {
      this.#curves[way === 'heads' ? 'heads' : 'alone'].improve(work, took);
      const seen = this.#seen[way];
      seen.set(sizeClass(work), (seen.get(sizeClass(work)) ?? 0) + took);
    }
    const now = this.#now();
    const past = this.#past[way];
    const until = now + Math.min(MEMORY * took, MOST_MEMORY_MS);
    past.push({ took, factor: took / this.#undisturbed(way, batches), until });
    while (past.length > LAST_CALLS && total(past) - past[0]!.took > LAST_MS) past.shift();
    if (others.length > 0)
      this.#many[way] = { factor: took / this.#measured(way, batches), until: now + MANY_MEMORY_MS };
  }

  /** How much slower than undisturbed the last calls were: the median, of an even number the lower one. */
  #pace(way: Way): number {
    const now = this.#now();
    const past = this.#past[way].filter(({ until }) => until > now);
    if (past.length < ENOUGH_CALLS || total(past) < ENOUGH_MS) return 1;
    const factors = past.map(({ factor }) => factor).sort((a, b) => a - b);
    return Math.max(1, factors[(factors.length - 1) >> 1]!);
  }

  #foretell(plans: Readonly<Record<Way, readonly number[]>>): Record<Way, number> {
    const inWay = (way: Way) => this.#undisturbed(way, plans[way]) * this.#pace(way);
    return { heads: inWay('heads'), batch: inWay('batch') };
  }

  #undisturbed(way: Way, batches: readonly number[]): number {
    const last = batches.length > 1 ? this.#many[way] : undefined;
    const factor = last && last.until > this.#now() ? last.factor : 1;
    return factor * this.#measured(way, batches);
  }

  /** By what was measured of single texts. */
  #measured(way: Way, batches: readonly number[]): number {
    if (way === 'heads') return batches.reduce((sum, work) => sum + this.#curves.heads.at(work), 0);
    const curve = this.#curves[batches.length > 1 ? 'together' : 'alone'];
    return lastEnd(
      batches.map((work) => curve.at(work)),
      this.#workers,
    );
  }

  #plans(lengths: readonly number[]): Record<Way, number[]> {
    return { heads: this.#batches('heads', lengths), batch: this.#batches('batch', lengths) };
  }

  /** The work of each batch that texts are computed in. */
  #batches(way: Way, lengths: readonly number[]): number[] {
    const batches = planBatches(lengths, way === 'heads' ? 1 : this.#workers);
    return batches.map((batch) => this.#workOf(batch.map((i) => lengths[i]!)));
  }

  /** Operations of a layer on texts that are computed together, but for what all lengths have in common. */
  #workOf(lengths: readonly number[]): number {
    const { hiddenSize: hidden, intermediateSize: inner } = this.#shape;
    const perToken = 2 * (4 * hidden * hidden + 2 * hidden * inner);
    return lengths.reduce((sum, n) => sum + n * (perToken + ATTENTION_COST * 4 * n * hidden), 0);
  }
}

/** Milliseconds of all of them. */
const total = (calls: readonly PastCall[]) => calls.reduce((sum, { took }) => sum + took, 0);

/** Doublings of work. */
const sizeClass = (work: number) => Math.round(Math.log2(work));

/** When the last of several batches ends, if each goes to the worker that is free first. */
function lastEnd(times: readonly number[], workers: number): number {
  const ends = new Array<number>(workers).fill(0);
  for (const time of times) ends[ends.indexOf(Math.min(...ends))]! += time;
  return Math.max(...ends);
}
