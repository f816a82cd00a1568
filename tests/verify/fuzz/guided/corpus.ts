import { Chance } from '../../../../packages/core/test/fuzz/mutate.ts';
import type { FuzzInput, FuzzReader } from '../../../../packages/core/test/fuzz/reader.ts';
import { hash } from '../../../../packages/core/test/fuzz/run-one.ts';
import { mutateInput, type Words } from './mutate-input.ts';

const MAX_ENTRIES = 3000;
const MAX_ENTRY = 65_536;
const MAX_TOTAL = 4_000_000;
/** Inputs that are longer are not read: the limit of time is for 1 MB. */
const MAX_INPUT = 1_000_000;
/** One input of so many is made from nothing but the reader's valid files. */
const FRESH = 4;

/** An input that a reader took new branches for. */
export interface Entry {
  readonly input: FuzzInput;
  /** Whether it gave a value. Most do not, and what follows the checks is reached from those that do. */
  readonly isValue: boolean;
}

export const sizeOf = (input: FuzzInput) =>
  Object.values(input).reduce((size, content) => size + content.length, 0);

/**
 * Inputs that a reader took new branches for, and the next inputs, which are changes of these. An input depends on the seed, the reader's name, its
 * number and the entries before it alone.
 */
export class Corpus {
  readonly entries: Entry[];
  readonly #values: Entry[];
  readonly #reader: FuzzReader;
  /** Inputs that are read first, as they are. */
  readonly #first: readonly FuzzInput[];
  readonly #seed: number;
  readonly #words: Words;
  #size: number;

  constructor(
    reader: FuzzReader,
    {
      seed,
      words,
      first,
      entries = [],
    }: { seed: number; words: Words; first: readonly FuzzInput[]; entries?: readonly Entry[] },
  ) {
    this.#reader = reader;
    this.#seed = seed;
    this.#words = words;
    this.#first = first;
    this.entries = [...entries];
    this.#values = entries.filter(({ isValue }) => isValue);
    this.#size = entries.reduce((sum, { input }) => sum + sizeOf(input), 0);
  }

  inputAt(index: number): FuzzInput {
    const first = this.#first[index];
    if (first) return first;
    const chance = new Chance(this.#seed, hash(this.#reader.name), index);
    if (this.entries.length === 0 || chance.below(FRESH) === 0) return this.#reader.input(chance);
    const input = mutateInput(chance, {
      input: this.#pick(chance),
      other: this.#pick(chance),
      reader: this.#reader,
      words: this.#words,
    });
    return sizeOf(input) <= MAX_INPUT ? input : this.#reader.input(chance);
  }

  /** Half of the time one that gave a value, and half of the time one of the newest, which have been changed least. */
  #pick(chance: Chance): FuzzInput {
    const from = chance.below(2) === 0 && this.#values.length > 0 ? this.#values : this.entries;
    const newest = chance.below(2) === 0 ? from.length : Math.ceil(from.length / 8);
    return from[from.length - 1 - chance.below(newest)]!.input;
  }

  /** Whether it is kept: not if it is long, or there are many. */
  add(entry: Entry): boolean {
    const size = sizeOf(entry.input);
    if (size > MAX_ENTRY || this.entries.length >= MAX_ENTRIES || this.#size + size > MAX_TOTAL) return false;
    this.entries.push(entry);
    if (entry.isValue) this.#values.push(entry);
    this.#size += size;
    return true;
  }
}
