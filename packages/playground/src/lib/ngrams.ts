/** Lengths of the character n-grams, ends of words included. */
const SIZES = [2, 3, 4] as const;

/** A place where an n-gram stands in a text, without the spaces at the ends of words. */
interface Place {
  readonly gram: string;
  /** In UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** An n-gram that two texts share, and its part of their similarity. A space stands for the end of a word. */
export interface SharedGram {
  readonly gram: string;
  readonly part: number;
}

/** A passage that was found by its letters. */
export interface LetterHit {
  readonly passage: number;
  /** Cosine similarity, 0 to 1: the sum of the parts. */
  readonly score: number;
  /** Largest part first. */
  readonly shared: readonly SharedGram[];
}

/** All n-grams of the lower-case words of a text, in which a word is what stands between spaces. */
function* gramsOf(text: string): Generator<Place> {
  for (const { 0: word, index } of text.matchAll(/\S+/gu)) {
    const letters = [...word];
    const starts = [index];
    for (const letter of letters) starts.push(starts.at(-1)! + letter.length);
    // A space at both ends, of no length in the text.
    const padded = [' ', ...letters.map((letter) => letter.toLowerCase()), ' '];
    const bounds = [index, ...starts, starts.at(-1)!];
    for (const size of SIZES) {
      for (let at = 0; at + size <= padded.length; at += 1) {
        const gram = padded.slice(at, at + size).join('');
        yield { gram, start: bounds[at]!, end: bounds[at + size]! };
      }
    }
  }
}

/** By n-gram the texts that have it, and its weight there. */
type Postings = Map<string, Array<readonly [text: number, weight: number]>>;

/** Texts that are indexed between two pauses. */
const TEXTS_AT_ONCE = 100;

/**
 * Texts by their character n-grams of 2 to 4 characters. Similarity is the cosine of the counts, each weighted by ln((1 + N) / (1 + texts with
 * the n-gram)) + 1, as in scikit-learn's `TfidfVectorizer` with `analyzer='char_wb'` and `ngram_range=(2, 4)`.
 */
export class LetterIndex {
  readonly #texts: number;
  /** By n-gram the texts that have it, and its weight there. */
  readonly #postings: Postings;

  private constructor(texts: number, postings: Postings) {
    this.#texts = texts;
    this.#postings = postings;
  }

  /** Indexes texts. `breathe` is awaited now and then: many texts take seconds. */
  static async build(
    texts: readonly string[],
    breathe: () => Promise<void> = async () => undefined,
  ): Promise<LetterIndex> {
    const found = new Map<string, number>();
    const all: Array<ReadonlyMap<string, number>> = [];
    for (const [i, text] of texts.entries()) {
      if (i % TEXTS_AT_ONCE === 0) await breathe();
      const counts = countsOf(text);
      all.push(counts);
      for (const gram of counts.keys()) found.set(gram, (found.get(gram) ?? 0) + 1);
    }
    const postings: Postings = new Map();
    for (const [text, counts] of all.entries()) {
      if (text % TEXTS_AT_ONCE === 0) await breathe();
      for (const [gram, weight] of weighted(counts, (one) => rarity(texts.length, found.get(one) ?? 0))) {
        const posting = postings.get(gram);
        if (posting) posting.push([text, weight]);
        else postings.set(gram, [[text, weight]]);
      }
    }
    return new LetterIndex(texts.length, postings);
  }

  /** The texts that share n-grams with a query, the most similar first; of those in `among`, if given. */
  search(query: string, count: number, among?: ReadonlySet<number>): LetterHit[] {
    const weightOf = (gram: string): number => rarity(this.#texts, this.#postings.get(gram)?.length ?? 0);
    const hits = new Map<number, { score: number; shared: SharedGram[] }>();
    for (const [gram, weight] of weighted(countsOf(query), weightOf)) {
      for (const [text, other] of this.#postings.get(gram) ?? []) {
        if (among && !among.has(text)) continue;
        const hit = hits.get(text) ?? { score: 0, shared: [] };
        hit.score += weight * other;
        hit.shared.push({ gram, part: weight * other });
        hits.set(text, hit);
      }
    }
    return [...hits]
      .sort(([a, { score: x }], [b, { score: y }]) => y - x || a - b)
      .slice(0, count)
      .map(([passage, { score, shared }]) => ({
        passage,
        score,
        shared: shared.sort((a, b) => b.part - a.part),
      }));
  }
}

/** How much an n-gram counts that some of all texts have. */
function rarity(all: number, texts: number): number {
  return Math.log((1 + all) / (1 + texts)) + 1;
}

function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { gram } of gramsOf(text)) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  return counts;
}

/** Counts times weights, of Euclidean length 1. */
function weighted(
  counts: ReadonlyMap<string, number>,
  weightOf: (gram: string) => number,
): Array<readonly [gram: string, weight: number]> {
  const weights = [...counts].map(([gram, count]) => [gram, count * weightOf(gram)] as const);
  const norm = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight ** 2, 0));
  return weights.map(([gram, weight]) => [gram, weight / norm]);
}

/** A piece of a text, and how much of the similarity its letters carry. */
export interface TintedText {
  readonly text: string;
  readonly part: number;
}

/** Cuts a text into pieces of equal tint: each n-gram's part is spread evenly over the letters where it stands. */
export function tintShared(text: string, shared: readonly SharedGram[]): TintedText[] {
  const parts = new Map(shared.map(({ gram, part }) => [gram, part]));
  const places = [...gramsOf(text)].filter(({ gram, start, end }) => parts.has(gram) && end > start);
  const counts = new Map<string, number>();
  for (const { gram } of places) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  const tints = new Float64Array(text.length);
  for (const { gram, start, end } of places) {
    const each = parts.get(gram)! / counts.get(gram)! / (end - start);
    for (let i = start; i < end; i += 1) tints[i]! += each;
  }
  const pieces: Array<{ text: string; part: number; tint: number }> = [];
  for (let i = 0; i < text.length; i += 1) {
    const last = pieces.at(-1);
    if (last && last.tint === tints[i]) {
      last.text += text[i]!;
      last.part += tints[i]!;
    } else pieces.push({ text: text[i]!, part: tints[i]!, tint: tints[i]! });
  }
  return pieces.map(({ text: piece, part }) => ({ text: piece, part }));
}
