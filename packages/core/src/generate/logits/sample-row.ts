import type { SelectedValues } from '../../backend/backend.ts';
import type { LogitsRow } from '../../engine/logits-row.ts';
import type { Random } from '../../platform/random.ts';
import { expNegative } from './exp-negative.ts';

/** Settings of the sampling distribution, applied in this order; see `SamplingOptions`. */
export interface SamplingSettings {
  readonly temperature: number;
  /** 0 for all tokens. */
  readonly topK: number;
  /** 1 for all tokens. */
  readonly topP: number;
  /** 0 for all tokens. */
  readonly minP: number;
}

/** Tokens to choose from, in the order of their ids, with their logits divided by the temperature. */
interface Candidates {
  readonly ids: ArrayLike<number>;
  readonly scores: Float32Array;
}

/**
 * Samples a token from logits that are divided by a temperature and cut by top-k, top-p and min-p. Gives the tokens that `temperature`, `topK`, `topP`,
 * `minP` and `sample` give one after another, without visiting or sorting the vocabulary in between: the largest logits are selected in one
 * pass, and everything else is computed from these. Without any of the three cuts, and with top-p alone, sums over the whole vocabulary are
 * those of `Backend.sumExp`.
 *
 * @param best the largest logit, finite
 */
export function sampleRow(row: LogitsRow, best: number, settings: SamplingSettings, random: Random): number {
  const { temperature } = settings;
  const scaled = (logit: number) => Math.fround(logit / temperature);
  const max = scaled(best);
  // A temperature so low that quotients overflow is greedy search.
  if (!Number.isFinite(max)) return row.argmax();
  const candidates = select(row, best, max, scaled, settings);
  if (candidates) return draw(candidates, max, random);
  const factor = factorOf(temperature);
  const id = row.searchExp(best, factor, random.next() * row.sumExp(best, factor));
  // The sum in the order of the ids may round to less than the random number.
  return id >= 0 ? id : row.argmax();
}

/** What `sumExp` multiplies by: the inverse of the temperature, held to what float32 can represent. */
function factorOf(temperature: number): number {
  return Math.min(Math.max(1 / temperature, 1.2e-38), 1e38);
}

/** The tokens that the settings keep; undefined for all. */
function select(
  row: LogitsRow,
  best: number,
  max: number,
  scaled: (logit: number) => number,
  { temperature, topK, topP, minP }: SamplingSettings,
): Candidates | undefined {
  const limit = minP > 0 ? max + Math.log(minP) : -Infinity;
  const atLeast = (score: number) => scale(row.valuesAtLeast(leastLogit(score, best, scaled)), scaled);
  let candidates: Candidates;
  if (topK > 0 && topK < row.size) {
    // Tokens as probable as the last of them are kept too, as in Transformers.
    candidates = atLeast(scaled(row.topK(topK).values[topK - 1]!));
    if (topP < 1) candidates = nucleus(candidates, max, topP);
  } else if (topP < 1) {
    candidates = nucleusOfAll(row, best, max, scaled, topP, factorOf(temperature));
  } else if (minP > 0) {
    return atLeast(limit);
  } else {
    return undefined;
  }
  return minP > 0 ? keep(candidates, (score) => score >= limit) : candidates;
}

/** Draws the first token at which the sum of weights e^(score − max) exceeds u times their total; u is the next random number. */
function draw({ ids, scores }: Candidates, max: number, random: Random): number {
  const weights = new Float64Array(scores.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] = expNegative(scores[i]! - max);
  const threshold = random.next() * total;
  let sum = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    sum += weights[i]!;
    last = i;
    if (sum > threshold) break;
  }
  return ids[last]!;
}

/** The fewest most probable candidates whose probabilities add up to at least `topP`. */
function nucleus(candidates: Candidates, max: number, topP: number): Candidates {
  const { scores } = candidates;
  let total = 0;
  for (let i = 0; i < scores.length; i++) total += expNegative(scores[i]! - max);
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const count = cut(
    Float32Array.from(order, (i) => scores[i]!),
    max,
    topP * total,
  );
  return pick(candidates, order.subarray(0, count).sort());
}

/** The nucleus of the whole vocabulary. Usually few tokens suffice: the number of selected ones grows only when needed. */
function nucleusOfAll(
  row: LogitsRow,
  best: number,
  max: number,
  scaled: (logit: number) => number,
  topP: number,
  factor: number,
): Candidates {
  const wanted = topP * row.sumExp(best, factor);
  for (let count = 64; ; count *= 16) {
    const { ids, scores } = scale(row.topK(Math.min(count, row.size)), scaled);
    // Different logits may round to equal quotients, which are in the order of their ids.
    const order = Uint32Array.from(ids, (_, i) => i);
    order.sort((a, b) => scores[b]! - scores[a]! || ids[a]! - ids[b]!);
    const length = cut(
      Float32Array.from(order, (i) => scores[i]!),
      max,
      wanted,
    );
    // Tokens beyond these may be as probable as the last.
    const isOpen = scores[order[length - 1]!] === scores.at(-1) && scores.length < row.size;
    if (isOpen) continue;
    return pick(
      { ids, scores },
      order.subarray(0, length).sort((a, b) => ids[a]! - ids[b]!),
    );
  }
}

/** How many of the scores, in descending order, it takes until their weights add up to `wanted`; all if they never do. */
function cut(scores: Float32Array, max: number, wanted: number): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    sum += expNegative(scores[i]! - max);
    if (sum >= wanted) return i + 1;
  }
  return scores.length;
}

function keep(candidates: Candidates, test: (score: number) => boolean): Candidates {
  const order: number[] = [];
  for (const [i, score] of candidates.scores.entries()) if (test(score)) order.push(i);
  return pick(candidates, order);
}

function pick({ ids, scores }: Candidates, order: ArrayLike<number>): Candidates {
  return {
    ids: Array.from(order, (i) => ids[i]!),
    scores: Float32Array.from(order, (i) => scores[i]!),
  };
}

function scale({ indices, values }: SelectedValues, scaled: (logit: number) => number): Candidates {
  return { ids: indices, scores: values.map(scaled) };
}

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);
/** The bits of a float as an integer of the same order. Its own inverse. */
const ordered = (integer: number) => integer ^ ((integer >> 31) & 0x7fff_ffff);

/**
 * The least finite logit whose quotient by the temperature, which is rounded, is at least `score`: others than the logit that a score was
 * computed from may round to it. `best` is a logit that does.
 */
function leastLogit(score: number, best: number, scaled: (logit: number) => number): number {
  const keyOf = (value: number) => {
    floats[0] = value;
    return ordered(bits[0]!);
  };
  const floatOf = (key: number) => {
    bits[0] = ordered(key);
    return floats[0]!;
  };
  let [from, to] = [keyOf(-3.4028234663852886e38), keyOf(best)];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (scaled(floatOf(middle)) >= score) to = middle;
    else from = middle + 1;
  }
  return floatOf(to);
}
