import { type Piece, slicePiece } from '../pieces/alignment.ts';
import { scriptOf } from '../unicode/scripts.ts';
import { splitEach } from './pre-tokenizer.ts';

/**
 * Splits where the script changes, as SentencePiece's trainer does. Spaces and characters without a script belong to what is before them;
 * at the start of a text they are dropped, as the library does.
 */
export const splitAtScripts = splitEach((piece) => {
  const words: Piece[] = [];
  let script = -1;
  let start = 0;
  let at = 0;
  for (const character of piece.text) {
    const next = scriptOf(character.codePointAt(0)!);
    if (next >= 0 && next !== script) {
      if (script >= 0) words.push(slicePiece(piece, start, at));
      start = at;
      script = next;
    }
    at += character.length;
  }
  if (script >= 0) words.push(slicePiece(piece, start, at));
  return words;
});
