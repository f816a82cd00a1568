import { CUTS, type Cut, entropyBits, largest, logSumExp, type Sampling, shape } from '../../lib/sampling.ts';

/** One of the most probable tokens of a place. */
export interface Candidate {
  readonly id: number;
  /** Under the model. */
  readonly model: number;
  /** With the settings; 0 if it was cut off. */
  readonly probability: number;
  /** What cut it off. */
  readonly cut: Cut | undefined;
}

/** What the model expects at a place, and what the settings make of it. */
export interface Expectation {
  /** Most probable first. The last may be the token of the text, if it is not among the most probable. */
  readonly candidates: readonly Candidate[];
  /** Number of tokens that the settings leave, of `of`. */
  readonly left: number;
  readonly of: number;
  /** The probability under the model of those that are left, together. */
  readonly mass: number;
  /** Entropy in bits, under the model and with the settings. */
  readonly modelBits: number;
  readonly bits: number;
}

/** Computes what a place's logits say. `also` is a token that is always among the candidates. */
export function expectation(
  logits: Float32Array,
  settings: Sampling,
  count: number,
  also?: number,
): Expectation {
  const { scores, left, total } = shape(logits, settings);
  const modelTotal = logSumExp(logits);
  let mass = 0;
  for (let i = 0; i < scores.length; i++)
    if (scores[i]! > -Infinity) mass += Math.exp(logits[i]! - modelTotal);
  const ids = largest(logits, count);
  if (also !== undefined && !ids.includes(also)) ids.push(also);
  const candidates = ids.map((id) => ({
    id,
    model: Math.exp(logits[id]! - modelTotal),
    probability: Math.exp(scores[id]! - total),
    cut: scores[id]! > -Infinity ? undefined : cutOf(logits, id, settings, left),
  }));
  return {
    candidates,
    left: left.minP,
    of: logits.length,
    mass: Math.min(1, mass),
    modelBits: entropyBits(logits, modelTotal),
    bits: entropyBits(scores, total),
  };
}

/** The first cut that left fewer tokens than there are before this one. */
function cutOf(
  logits: Float32Array,
  id: number,
  settings: Sampling,
  left: Readonly<Record<Cut, number>>,
): Cut | undefined {
  if (settings.temperature === 0) return undefined;
  let rank = 0;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i]! > logits[id]! || (logits[i] === logits[id] && i < id)) rank += 1;
  }
  return CUTS.find((cut) => rank >= left[cut]);
}
