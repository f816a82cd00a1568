import { type Place, placeOf } from './retrieval.ts';

type Sparse = ReadonlyMap<string, number>;

/** Character n-grams of 2 to 4 characters of the lower-case words of a text, each word between spaces. */
export function* ngramsOf(text: string): Generator<string> {
  for (const word of text.normalize('NFC').toLowerCase().split(/\s+/)) {
    const characters = [' ', ...word, ' '];
    for (let n = 2; n <= 4; n++)
      for (let from = 0; from + n <= characters.length; from++)
        yield characters.slice(from, from + n).join('');
  }
}

/**
 * Cosine similarity of character n-grams, weighted by term frequency · inverse document frequency: ln((1 + N) / (1 + documents with it)) + 1, as
 * scikit-learn's `TfidfVectorizer` with `analyzer='char_wb', ngram_range=(2, 4)`.
 */
export class NgramIndex {
  readonly #documents: number;
  readonly #frequencies = new Map<string, number>();
  /** Documents with each n-gram, and its weight in them. */
  readonly #postings = new Map<string, [document: number, weight: number][]>();

  /** @param documents the candidates; @param texts what the document frequencies are of. Default: the candidates */
  constructor(documents: readonly string[], texts: readonly string[] = documents) {
    this.#documents = documents.length;
    for (const text of texts)
      for (const ngram of new Set(ngramsOf(text)))
        this.#frequencies.set(ngram, (this.#frequencies.get(ngram) ?? 0) + 1);
    for (const [document, text] of documents.entries())
      for (const [ngram, weight] of this.#vector(text, texts.length)) {
        const posting = this.#postings.get(ngram);
        if (posting) posting.push([document, weight]);
        else this.#postings.set(ngram, [[document, weight]]);
      }
    this.#count = texts.length;
  }
  readonly #count: number;

  #vector(text: string, count: number): Sparse {
    const counts = new Map<string, number>();
    for (const ngram of ngramsOf(text)) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    const weights = new Map<string, number>();
    let squares = 0;
    for (const [ngram, frequency] of counts) {
      const weight = frequency * (Math.log((1 + count) / (1 + (this.#frequencies.get(ngram) ?? 0))) + 1);
      weights.set(ngram, weight);
      squares += weight ** 2;
    }
    return new Map([...weights].map(([ngram, weight]) => [ngram, weight / Math.sqrt(squares)]));
  }

  /** Similarities of a text to all documents, from 0 to 1. */
  scores(text: string): Float64Array {
    const scores = new Float64Array(this.#documents);
    for (const [ngram, weight] of this.#vector(text, this.#count))
      for (const [document, other] of this.#postings.get(ngram) ?? []) scores[document]! += weight * other;
    return scores;
  }

  /** The most similar document; the first of several. */
  nearest(text: string): number {
    const scores = this.scores(text);
    return scores.indexOf(Math.max(...scores));
  }

  places(queries: readonly string[], gold: (query: number) => number = (query) => query): Place[] {
    return queries.map((query, i) => placeOf(this.scores(query), gold(i)));
  }
}
