import type { GenerationSettings } from '../settings.ts';

/** A finished text. */
interface Hypothesis<Text> {
  readonly text: Text;
  /** Sum of log-probabilities divided by length ** lengthPenalty. */
  readonly score: number;
}

/** The best finished texts of a beam search, at most `numBeams` (Hugging Face's `BeamHypotheses`). */
export class Hypotheses<Text> {
  readonly #settings: Pick<GenerationSettings, 'numBeams' | 'lengthPenalty' | 'earlyStopping'>;
  readonly #maxLength: number;
  readonly #best: Hypothesis<Text>[] = [];

  /** `maxLength` is the maximum number of generated tokens. */
  constructor(
    settings: Pick<GenerationSettings, 'numBeams' | 'lengthPenalty' | 'earlyStopping'>,
    maxLength: number,
  ) {
    this.#settings = settings;
    this.#maxLength = maxLength;
  }

  /** By score, best first. */
  get best(): readonly Hypothesis<Text>[] {
    return this.#best;
  }

  /** Adds a text if it is among the best. `length` counts its tokens, including the one that ends it. */
  add(text: Text, sum: number, length: number): void {
    const score = this.#scoreOf(sum, length);
    // Equal scores keep their order of insertion.
    const at = this.#best.findIndex((other) => other.score < score);
    this.#best.splice(at < 0 ? this.#best.length : at, 0, { text, score });
    if (this.#best.length > this.#settings.numBeams) this.#best.pop();
  }

  /** Whether the search ends if the best unfinished text has this sum of log-probabilities and length. */
  done(sum: number, length: number): boolean {
    const { numBeams, lengthPenalty, earlyStopping } = this.#settings;
    if (this.#best.length < numBeams) return false;
    if (earlyStopping === true) return true;
    // Sums are negative: with a positive penalty the score is highest at the maximum length.
    const bestLength = earlyStopping === 'never' && lengthPenalty > 0 ? this.#maxLength : length;
    return this.#best.at(-1)!.score >= this.#scoreOf(sum, bestLength);
  }

  #scoreOf(sum: number, length: number): number {
    return sum / length ** this.#settings.lengthPenalty;
  }
}
