/** A word of a text and the tokens that it consists of. */
export interface Word {
  readonly text: string;
  /** Its tokens: from this index … */
  readonly from: number;
  /** … to this one, exclusive. */
  readonly to: number;
  /** The end of the text, `</s>`: no word. */
  readonly end: boolean;
}

const SPACE = '▁';
const END = '</s>';

/**
 * The words of SentencePiece tokens: a token with a leading `▁` begins one. A punctuation mark belongs to the word before it, and `</s>` is by itself.
 */
export function wordsOf(tokens: readonly string[]): Word[] {
  const words: { text: string; from: number; to: number; end: boolean }[] = [];
  for (const [i, token] of tokens.entries()) {
    const last = words.at(-1);
    const end = token === END;
    const text = token.replace(SPACE, '');
    if (!last || end || last.end || token.startsWith(SPACE)) words.push({ text, from: i, to: i + 1, end });
    else {
      last.text += text;
      last.to = i + 1;
    }
  }
  return words;
}

/**
 * Weights between words, from weights `[queries, keys]` between tokens: those to the tokens of a word are added up, those from its tokens
 * averaged, so that the rows still sum to 1.
 */
export function mergeWeights(
  weights: ArrayLike<number>,
  keys: number,
  queryWords: readonly Word[],
  keyWords: readonly Word[],
): number[][] {
  return queryWords.map((query) =>
    keyWords.map((key) => {
      let sum = 0;
      for (let q = query.from; q < query.to; q++) {
        for (let k = key.from; k < key.to; k++) sum += weights[q * keys + k] ?? 0;
      }
      return sum / (query.to - query.from);
    }),
  );
}
