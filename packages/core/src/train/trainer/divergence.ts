import { TrainingError } from './training-error.ts';

const WINDOW = 10;

/** Stops a run whose loss has grown: compares the mean of the last ten losses with that of the first ten. */
export class DivergenceCheck {
  /** Losses of the first steps. */
  first: readonly number[] = [];
  /** Losses of the last steps. */
  last: readonly number[] = [];
  readonly #factor: number;

  constructor(factor = 10) {
    this.#factor = factor;
  }

  /** Adds the loss of a step. Throws `TrainingError` with the code `ERR_DIVERGED`. */
  add(loss: number, step: number): void {
    const last = [...this.last, loss].slice(-WINDOW);
    const first = this.first.length < WINDOW ? [...this.first, loss] : this.first;
    const [now, before] = [mean(last), mean(first)];
    if (now > this.#factor * Math.max(before, 1)) {
      throw new TrainingError(
        'ERR_DIVERGED',
        `trainer: the mean loss of the ${last.length} steps up to step ${step + 1} is ${now}, more than ${this.#factor} times that of the first steps, ${before}. Try a smaller learning rate; divergenceFactor sets the limit`,
        { step, loss },
      );
    }
    this.first = first;
    this.last = last;
  }

  restore(first: readonly number[], last: readonly number[]): void {
    this.first = first;
    this.last = last;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
