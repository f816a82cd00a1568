import type { Piece } from '../pieces/alignment.ts';
import { filterCharacters, mapCharacters } from '../pieces/transform.ts';
import { CodePointSet } from '../unicode/ranges.ts';

/** U+0001 to U+0008, U+000B, U+000E to U+001F, U+007F, U+008F and U+009F. */
const REMOVED = new CodePointSet('1+7 2 2+h 2n f f');

const SPACE = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/;

/** Removes control characters and replaces other characters that are seen as space by a space, as SentencePiece's `nmt` rules do. */
export function nmt(piece: Piece): Piece {
  const kept = filterCharacters(piece, (code) => !REMOVED.has(code));
  return mapCharacters(kept, (character) => (SPACE.test(character) ? ' ' : character));
}
