/** A word of a text that a model was not trained on. */
export interface UnknownWord {
  readonly word: string;
  /** Where it is in the text. */
  readonly start: number;
  readonly end: number;
  /** Known words that are spelled alike, the most similar first. */
  readonly suggestions: readonly string[];
}

const SUGGESTIONS = 3;

/** Decomposed, 먹 and 멍 differ by one letter of three. */
const lettersOf = (word: string): readonly string[] => [...word.normalize('NFD')];

/** Levenshtein's distance of two lists of letters. */
function distance(x: readonly string[], y: readonly string[]): number {
  let row = y.map((_, j) => j + 1);
  for (const [i, letter] of x.entries()) {
    let before = i;
    let left = i + 1;
    row = y.map((other, j) => {
      const above = row[j] ?? 0;
      left = Math.min(above + 1, left + 1, before + (letter === other ? 0 : 1));
      before = above;
      return left;
    });
  }
  return row.at(-1) ?? x.length;
}

/** The words of a text that are not known, with known ones in their place. */
export function unknownWords(text: string, known: readonly string[]): UnknownWord[] {
  const words = new Set(known);
  return [...text.matchAll(/[^\s.?!,]+/g)].flatMap(({ 0: word, index }): UnknownWord[] => {
    const lower = word.toLowerCase();
    if (words.has(lower)) return [];
    const letters = lettersOf(lower);
    const suggestions = known
      .map((one) => {
        const others = lettersOf(one);
        return { one, far: distance(letters, others) / Math.max(letters.length, others.length) };
      })
      .sort((a, b) => a.far - b.far)
      .slice(0, SUGGESTIONS)
      .map(({ one }) => one);
    return [{ word, start: index, end: index + word.length, suggestions }];
  });
}
