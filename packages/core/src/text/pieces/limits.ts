import { ConfigError } from '../../errors.ts';

/** Steps for each UTF-16 unit of a text. Patterns of published tokenizers take 5 to 30. */
const STEPS_PER_UNIT = 256;
/** Steps for the shortest text, which take about 10 ms. */
const LEAST_STEPS = 1_000_000;
/** How many times longer a text may become. NFKC makes one character 18. */
const GROWTH = 20;
const LEAST_UNITS = 1_000_000;

let steps = LEAST_STEPS;
let units = LEAST_UNITS;

/**
 * Begins a new count of steps and written characters, for tokenizing or decoding a text of `length` UTF-16 units. A tokenizer's files can
 * have patterns, vocabularies and replacements that would take time or memory without bound; both are in proportion to the text.
 */
export function limitWork(length: number): void {
  steps = LEAST_STEPS + STEPS_PER_UNIT * length;
  units = LEAST_UNITS + GROWTH * length;
}

/** Steps that are left. */
export const stepsLeft = (): number => steps;

/** Counts steps. Throws `ConfigError` when none are left. */
export function takeSteps(count: number, what: string): void {
  steps -= count;
  if (steps < 0)
    throw new ConfigError(
      `tokenizer: ${what} takes more than ${STEPS_PER_UNIT} steps per character of this text; shorten the text, or use a tokenizer without it`,
    );
}

/** Counts characters that a text grows to. Throws `ConfigError` when it grows beyond the limit. */
export function checkGrowth(length: number, what: string): void {
  if (length > units)
    throw new ConfigError(
      `tokenizer: ${what} makes the text more than ${GROWTH} times longer, ${length} UTF-16 units; use a tokenizer whose replacements are shorter`,
    );
}
