/** Ends each word in {@link UnigramCorpus.codes}. */
export const END_OF_WORD = -1;

/** The different words of a corpus, in one array. */
export interface UnigramCorpus {
  /** Code points of all words, each followed by {@link END_OF_WORD} `[positions]`. */
  readonly codes: Int32Array;
  /** Position of the first character of each word, and the end of the last `[words + 1]`. */
  readonly starts: Int32Array;
  /** Occurrences of each word `[words]`. */
  readonly counts: Float64Array;
}

export function createUnigramCorpus(words: ReadonlyMap<string, number>): UnigramCorpus {
  const codes: number[] = [];
  const starts = new Int32Array(words.size + 1);
  let index = 0;
  for (const word of words.keys()) {
    for (const character of word) codes.push(character.codePointAt(0)!);
    codes.push(END_OF_WORD);
    starts[++index] = codes.length;
  }
  return { codes: Int32Array.from(codes), starts, counts: Float64Array.from(words.values()) };
}

/** The text of `length` characters from `position`. */
export function textAt({ codes }: UnigramCorpus, position: number, length: number): string {
  return String.fromCodePoint(...codes.subarray(position, position + length));
}
