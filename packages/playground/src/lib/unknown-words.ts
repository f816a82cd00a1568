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

/** Levenshtein's distance of two texts, in which Hangul syllables count by their letters. */
function distance(a: string, b: string): number {
  // Decomposed, 먹 and 멍 differ by one letter of three.
  const x = [...a.normalize('NFD')];
  const y = [...b.normalize('NFD')];
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
    const suggestions = known
      .map((one) => ({ one, far: distance(lower, one) / Math.max(lower.length, one.length) }))
      .sort((a, b) => a.far - b.far)
      .slice(0, SUGGESTIONS)
      .map(({ one }) => one);
    return [{ word, start: index, end: index + word.length, suggestions }];
  });
}
