/** Words that are not longer are not split. */
const SHORT = 64;

const BITS = 20;

/**
 * Splits long words where no token can be: between two characters that are next to each other in no token of the vocabulary. The parts are
 * short and occur often, so their tokens can be kept. BPE gives the same tokens, since no merge has both characters.
 */
export class Seams {
  readonly #ids: ReadonlyMap<string, number>;
  /** Whether a token has a pair of characters, by the hash of the pair. */
  #pairs: Uint8Array | undefined;

  constructor(ids: ReadonlyMap<string, number>) {
    this.#ids = ids;
  }

  /** The parts of a word; undefined if it is short or, with `allKnown`, if it has a character that is not in the vocabulary. */
  split(word: string, allKnown: boolean): string[] | undefined {
    if (word.length <= SHORT) return undefined;
    this.#pairs ??= this.#findPairs();
    const parts: string[] = [];
    let start = 0;
    let previous = 0;
    let previousKnown = false;
    for (let i = 0; i < word.length; ) {
      const code = word.codePointAt(i)!;
      const end = i + (code > 0xffff ? 2 : 1);
      const known = this.#ids.has(word.slice(i, end));
      if (!known && allKnown) return undefined;
      if (known && previousKnown && this.#pairs[hash(previous, code)] === 0) {
        parts.push(word.slice(start, i));
        start = i;
      }
      previous = code;
      previousKnown = known;
      i = end;
    }
    parts.push(word.slice(start));
    return parts;
  }

  #findPairs(): Uint8Array {
    const pairs = new Uint8Array(1 << BITS);
    for (const token of this.#ids.keys()) {
      let previous = -1;
      for (const character of token) {
        const code = character.codePointAt(0)!;
        if (previous >= 0) pairs[hash(previous, code)] = 1;
        previous = code;
      }
    }
    return pairs;
  }
}

function hash(left: number, right: number): number {
  return (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> (32 - BITS);
}
