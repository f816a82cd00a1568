import { JinjaError } from './error.ts';
import type { Value } from './values.ts';

/** Evaluated nodes, and work on long texts and lists, of one rendering: about a second. */
const MAX_STEPS = 2_000_000;
/** UTF-16 code units of a text, the output among them, and items of a list. */
const MAX_LENGTH = 16 * 1024 * 1024;
const MAX_ITEMS = 1_000_000;
/** Macros may call each other, and loops themselves, this deep. */
const MAX_CALLS = 100;

/** Ends a rendering that takes too long, or whose texts grow too large. */
export class Limits {
  #steps = 0;
  #calls = 0;

  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > MAX_STEPS) throw new JinjaError(`the template takes more than ${MAX_STEPS} steps`);
  }

  /** Counts the work of going through values: texts and lists by their length. */
  charge(values: readonly Value[]): void {
    let count = 1;
    for (const value of values) {
      if (typeof value === 'string') count += value.length >> 4;
      else if (Array.isArray(value)) count += value.length >> 2;
    }
    this.step(count);
  }

  /** Checks the length of a text or list before it is made. */
  length(length: number, isText = true): void {
    const limit = isText ? MAX_LENGTH : MAX_ITEMS;
    if (length > limit)
      throw new JinjaError(`a ${isText ? 'text' : 'list'} of the template is longer than ${limit}`);
  }

  call<T>(run: () => T): T {
    if (++this.#calls > MAX_CALLS) throw new JinjaError(`calls are nested more than ${MAX_CALLS} deep`);
    const result = run();
    this.#calls--;
    return result;
  }
}
