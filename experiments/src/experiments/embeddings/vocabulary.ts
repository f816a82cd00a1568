import type { Pair } from '../../data/split.ts';

export type Side = 'en' | 'ko';
export const languages: readonly Side[] = ['en', 'ko'];

/** Words of a text in small letters, numbers and punctuation marks. Korean words are with their particles. */
export const wordsOf = (text: string): string[] =>
  text.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)*|\d+|[^\s\p{L}\d]/gu) ?? [];

/** Ids of the special tokens. */
export const special = { unknown: 0, begin: 1, separator: 2, end: 3 } as const;
const SPECIAL = Object.values(special).length;

/** The words of pairs as ids of one vocabulary of both languages. */
export class Vocabulary {
  readonly words: readonly string[];
  /** How often each word occurs. */
  readonly counts: readonly number[];
  readonly #ids: ReadonlyMap<string, number>;

  /** @param atLeast rarer words are unknown */
  constructor(pairs: readonly Pair[], atLeast: number) {
    const counts = new Map<string, number>();
    for (const { source, target } of pairs)
      for (const word of [...wordsOf(source), ...wordsOf(target)])
        counts.set(word, (counts.get(word) ?? 0) + 1);
    const kept = [...counts].filter(([, count]) => count >= atLeast);
    this.words = kept.map(([word]) => word);
    this.counts = kept.map(([, count]) => count);
    this.#ids = new Map(this.words.map((word, i) => [word, i + SPECIAL]));
  }

  /** Number of ids. */
  get size(): number {
    return this.words.length + SPECIAL;
  }

  has(word: string): boolean {
    return this.#ids.has(word);
  }

  idOf(word: string): number {
    return this.#ids.get(word) ?? special.unknown;
  }

  countOf(word: string): number {
    const id = this.#ids.get(word);
    return id === undefined ? 0 : this.counts[id - SPECIAL]!;
  }

  /** Words of letters in a language. */
  of(side: Side): string[] {
    const letter = side === 'en' ? /^\p{Script=Latin}/u : /^\p{Script=Hangul}/u;
    return this.words.filter((word) => letter.test(word));
  }

  /** A pair as one sequence: `<begin> first <separator> second <end>`, with the text of a language first. */
  encode({ source, target }: Pair, first: Side): number[] {
    const [one, other] = first === 'en' ? [source, target] : [target, source];
    const ids = (text: string) => wordsOf(text).map((word) => this.idOf(word));
    return [special.begin, ...ids(one), special.separator, ...ids(other), special.end];
  }
}
