import type { Lexeme } from './lexemes.ts';
import type { Side } from './vocabulary.ts';

/** Vectors of words, scaled to length 1: their products are cosines. */
export class WordVectors {
  readonly #vectors: ReadonlyMap<string, Float64Array>;

  /** @param vectorOf a word's vector, of any length */
  constructor(words: readonly string[], vectorOf: (word: string) => ArrayLike<number>) {
    this.#vectors = new Map(words.map((word) => [word, unit(vectorOf(word))]));
  }

  of(word: string): Float64Array {
    const vector = this.#vectors.get(word);
    if (!vector) throw new RangeError(`WordVectors: expected one of the words, got ${JSON.stringify(word)}`);
    return vector;
  }

  cosine(a: string, b: string): number {
    const [x, y] = [this.of(a), this.of(b)];
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
    return sum;
  }

  /** The words of a list that are most like a word, itself left out. */
  nearest(word: string, among: readonly string[], count: number): string[] {
    return among
      .filter((other) => other !== word)
      .map((other) => ({ other, cosine: this.cosine(word, other) }))
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, count)
      .map(({ other }) => other);
  }
}

function unit(vector: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(vector);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

class Mean {
  #sum = 0;
  #count = 0;
  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }
  /** Null for no values. */
  get value(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

export interface Separation {
  /** Mean cosine of words of one class, and of words of different classes. */
  readonly within: number;
  readonly between: number;
}

/** How much more alike words of one class are than words of different classes. Forms of one meaning are not compared with each other. */
export function separation(vectors: WordVectors, lexemes: readonly Lexeme[], side: Side): Separation {
  const [within, between] = [new Mean(), new Mean()];
  lexemes.forEach((lexeme, i) => {
    for (const other of lexemes.slice(i + 1)) {
      const mean = lexeme.class === other.class ? within : between;
      for (const a of lexeme[side]) for (const b of other[side]) mean.add(vectors.cosine(a, b));
    }
  });
  return { within: within.value ?? Number.NaN, between: between.value ?? Number.NaN };
}

export interface Translations {
  /** Median over the words of the rank of a translation among all words of the other language, 1 for the nearest. */
  readonly medianRank: number;
  /** Fraction of words whose nearest word of the other language is a translation. */
  readonly first: number;
  /** Words that were asked for, and words of the other language. */
  readonly words: number;
  readonly candidates: number;
}

/** Where each word's translation is among all words of the other language. Of several translations the best counts. */
export function translations(
  vectors: WordVectors,
  lexemes: readonly Lexeme[],
  from: Side,
  candidates: readonly string[],
): Translations {
  const to = from === 'en' ? 'ko' : 'en';
  const ranks = lexemes.flatMap((lexeme) =>
    lexeme[from].map((word) => {
      const best = Math.max(...lexeme[to].map((translation) => vectors.cosine(word, translation)));
      return 1 + candidates.filter((candidate) => vectors.cosine(word, candidate) > best).length;
    }),
  );
  const sorted = ranks.toSorted((a, b) => a - b);
  return {
    medianRank: sorted[Math.floor(sorted.length / 2)]!,
    first: ranks.filter((rank) => rank === 1).length / ranks.length,
    words: ranks.length,
    candidates: candidates.length,
  };
}

/** Mean cosines of pairs of inflected words. */
export interface Inflection {
  /** The same stem with different endings: 사과를, 사과는. */
  readonly sameStem: number;
  /** Different stems with the same ending: 사과를, 바나나를. */
  readonly sameEnding: number;
  /** Different in both: 사과를, 바나나는. */
  readonly neither: number;
}

/** Whether words with a common stem or words with a common ending are more alike. */
export function inflection(
  vectors: WordVectors,
  forms: readonly { readonly word: string; readonly stem: string; readonly ending: string }[],
): Inflection {
  const means = { sameStem: new Mean(), sameEnding: new Mean(), neither: new Mean() };
  forms.forEach((a, i) => {
    for (const b of forms.slice(i + 1)) {
      const kind = a.stem === b.stem ? 'sameStem' : a.ending === b.ending ? 'sameEnding' : 'neither';
      means[kind].add(vectors.cosine(a.word, b.word));
    }
  });
  const value = (kind: keyof typeof means) => means[kind].value ?? Number.NaN;
  return { sameStem: value('sameStem'), sameEnding: value('sameEnding'), neither: value('neither') };
}
