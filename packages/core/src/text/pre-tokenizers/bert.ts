import { type Piece, slicePiece } from '../pieces/alignment.ts';
import { PUNCTUATION, WHITE_SPACE } from '../unicode/categories.ts';
import { splitEach } from './pre-tokenizer.ts';

/** Splits at white space, which is removed, and at each punctuation character, which is a word of its own. */
export const bertPreTokenizer = splitEach((piece) => {
  const { text } = piece;
  const words: Piece[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    const end = i + (code > 0xffff ? 2 : 1);
    const isPunctuation = PUNCTUATION.has(code);
    if (isPunctuation || WHITE_SPACE.has(code)) {
      if (i > start) words.push(slicePiece(piece, start, i));
      if (isPunctuation) words.push(slicePiece(piece, i, end));
      start = end;
    }
    i = end - 1;
  }
  if (start < text.length) words.push(slicePiece(piece, start, text.length));
  return words;
});
