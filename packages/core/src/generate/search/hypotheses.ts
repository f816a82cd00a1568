import type { GenerationSettings } from '../settings.ts';

/** A finished text of a beam search. */
interface Hypothesis<Text> {
  readonly text: Text;
  /** Sum of its scores, divided by its length to the power of the length penalty. */
  readonly score: number;
}

/** The best texts that a beam search has finished: at most `numBeams` (Hugging Face's `BeamHypotheses`). */
export class Hypotheses<Text> {
  readonly #settings: Pick<GenerationSettings, 'numBeams' | 'lengthPenalty' | 'earlyStopping'>;
  readonly #longest: number;
  readonly #kept: Hypothesis<Text>[] = [];

  /** `longest` is the greatest length that a text may have. */
  constructor(
    settings: Pick<GenerationSettings, 'numBeams' | 'lengthPenalty' | 'earlyStopping'>,
    longest: number,
  ) {
    this.#settings = settings;
    this.#longest = longest;
  }

  /** Best first. */
  get best(): readonly Hypothesis<Text>[] {
    return this.#kept;
  }

  /** Takes a text of so many tokens, the one that ends it included, if it is among the best. */
  add(text: Text, sum: number, length: number): void {
    const score = this.#scoreOf(sum, length);
    // One that is as good as another comes after it.
    const at = this.#kept.findIndex((kept) => kept.score < score);
    this.#kept.splice(at < 0 ? this.#kept.length : at, 0, { text, score });
    if (this.#kept.length > this.#settings.numBeams) this.#kept.pop();
  }

  /** Whether the search is over when the best unfinished text has this sum and length. */
  done(sum: number, length: number): boolean {
    const { numBeams, lengthPenalty, earlyStopping } = this.#settings;
    if (this.#kept.length < numBeams) return false;
    if (earlyStopping === true) return true;
    // A negative sum is divided by most when a text gets as long as it can.
    const attainable = earlyStopping === 'never' && lengthPenalty > 0 ? this.#longest : length;
    return this.#kept.at(-1)!.score >= this.#scoreOf(sum, attainable);
  }

  #scoreOf(sum: number, length: number): number {
    return sum / length ** this.#settings.lengthPenalty;
  }
}
