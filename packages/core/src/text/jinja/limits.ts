import { JinjaError } from './error.ts';

/** What a rendering may take. */
export interface RenderLimits {
  /** Evaluated nodes, and work on long texts and lists. Default: 2,000,000, about a second. */
  readonly maxSteps?: number | undefined;
  /** UTF-16 code units of a text, the output among them. Default: 16 Mi. */
  readonly maxLength?: number | undefined;
}

const MAX_STEPS = 2_000_000;
const MAX_LENGTH = 16 * 1024 * 1024;
/** Items of a list. */
const MAX_ITEMS = 1_000_000;
/** Steps between two pauses, about 20 milliseconds. */
const PAUSE_STEPS = 50_000;
/** Macros may call each other, and loops themselves, this deep. */
const MAX_CALLS = 100;

/** Ends a rendering that takes too long, or whose texts grow too large. */
export class Limits {
  #steps = 0;
  #calls = 0;
  #nextPause = PAUSE_STEPS;
  readonly #maxSteps: number;
  readonly #maxLength: number;

  constructor({ maxSteps = MAX_STEPS, maxLength = MAX_LENGTH }: RenderLimits = {}) {
    this.#maxSteps = maxSteps;
    this.#maxLength = maxLength;
  }

  /** Whether enough steps were taken since this was true last to let the event loop run. */
  isPauseDue(): boolean {
    if (this.#steps < this.#nextPause) return false;
    this.#nextPause = this.#steps + PAUSE_STEPS;
    return true;
  }

  step(count = 1): void {
    this.#steps += count;
    if (!(this.#steps <= this.#maxSteps))
      throw new JinjaError(
        `the template takes more than ${this.#maxSteps} steps; the option maxTemplateSteps raises the limit`,
      );
  }

  /** Counts the work of going through values: texts and lists by their length. */
  charge(values: readonly unknown[]): void {
    let count = 1;
    for (const value of values) {
      if (typeof value === 'string') count += value.length >> 4;
      else if (Array.isArray(value)) count += value.length >> 2;
    }
    this.step(count);
  }

  /** Checks the length of a text or list before it is made. */
  length(length: number, isText = true): void {
    const limit = isText ? this.#maxLength : MAX_ITEMS;
    if (!(length <= limit))
      throw new JinjaError(
        `a ${isText ? 'text' : 'list'} of the template is longer than ${limit}${isText ? '; the option maxTemplateLength raises the limit' : ''}`,
      );
  }

  enter(): void {
    if (++this.#calls > MAX_CALLS) throw new JinjaError(`calls are nested more than ${MAX_CALLS} deep`);
  }

  leave(): void {
    this.#calls--;
  }
}

let limitsInUse = new Limits({ maxSteps: Infinity });

/** Runs with limits that {@link work} and {@link checkLength} count against. */
export function withLimits<T>(limits: Limits, run: () => T): T {
  const before = limitsInUse;
  limitsInUse = limits;
  try {
    return run();
  } finally {
    limitsInUse = before;
  }
}

/** The limits of the rendering that runs. */
export const currentLimits = (): Limits => limitsInUse;

/** Counts a visited value and a text of `length` units: a list may hold another one many times. */
export function work(length = 0): void {
  limitsInUse.step(1 + (length >> 4));
}
