import { HOP_LENGTH, SAMPLE_RATE } from '../features/log-mel.ts';

/** A part of a sound in which nobody speaks, in seconds. */
export interface Pause {
  readonly start: number;
  readonly end: number;
}

/** Samples that a level is measured over, 25 ms. */
const WINDOW = 400;
/** A pause is so much quieter than the loudest part, as a ratio of powers: 35 dB. */
const QUIET = 10 ** -3.5;
/** Shorter pauses are parts of words: the closures of stops. In seconds. */
const SHORTEST = 0.08;
/** How far from a pause the attention's boundary may be, in seconds. */
const REACH = 0.15;

/** The pauses of a sound at 16 kHz, in steps of 10 ms: where it is 35 dB quieter than its loudest part for 80 ms, or at its beginning or end. */
export function findPauses(samples: Float32Array): Pause[] {
  const count = Math.floor(samples.length / HOP_LENGTH);
  const powers = Float64Array.from({ length: count }, (_, i) => {
    const center = i * HOP_LENGTH;
    let sum = 0;
    for (let at = Math.max(0, center - WINDOW / 2); at < center + WINDOW / 2; at++) {
      sum += (samples[at] ?? 0) ** 2;
    }
    return sum;
  });
  let loudest = 0;
  for (const power of powers) if (power > loudest) loudest = power;
  const seconds = (step: number) => (step * HOP_LENGTH) / SAMPLE_RATE;
  const pauses: Pause[] = [];
  for (let from = 0; from < count; from++) {
    let to = from;
    while (to < count && powers[to]! < loudest * QUIET) to++;
    const isLong = seconds(to - from) >= SHORTEST;
    if (to > from && (isLong || from === 0 || to === count)) {
      pauses.push({ start: seconds(from), end: seconds(to) });
    }
    from = to;
  }
  return pauses;
}

/** A word's times, in seconds. */
export interface WordTimes {
  readonly start: number;
  readonly end: number;
}

/**
 * Words between `boundaries`, in seconds and in order, the first word's start and each word's end: `[words + 1]`. Attention does not say where a pause
 * between words begins and ends: a boundary that is in a pause or up to 150 ms from it becomes the pause.
 */
export function wordsBetween(boundaries: readonly number[], pauses: readonly Pause[]): WordTimes[] {
  const gaps = boundaries.map((time): Pause => ({ start: time, end: time }));
  const isTaken = new Set<number>();
  for (const pause of pauses.toSorted((a, b) => b.end - b.start - (a.end - a.start))) {
    const nearest = nearestBoundary(boundaries, pause);
    if (nearest === undefined || isTaken.has(nearest)) continue;
    isTaken.add(nearest);
    gaps[nearest] = pause;
  }
  let time = 0;
  return gaps.slice(1).map(({ start: end }, i) => {
    const start = Math.max(time, gaps[i]!.end);
    time = Math.max(start, end);
    return { start, end: time };
  });
}

/** The boundary that a pause is about: the nearest to it and, of those in it, to its middle. */
function nearestBoundary(boundaries: readonly number[], { start, end }: Pause): number | undefined {
  const middle = (start + end) / 2;
  let nearest: number | undefined;
  let least: readonly [number, number] = [REACH, Infinity];
  for (const [i, time] of boundaries.entries()) {
    const distance = Math.max(0, start - time, time - end);
    const fromMiddle = Math.abs(time - middle);
    if (distance < least[0] || (distance === least[0] && fromMiddle < least[1])) {
      [nearest, least] = [i, [distance, fromMiddle]];
    }
  }
  return nearest;
}
