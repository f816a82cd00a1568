import type { Piece } from '../pieces/alignment.ts';
import { filterCharacters, mapCharacters } from '../pieces/transform.ts';

const REMOVED = /[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/;
const SPACE = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/;

/** Removes control characters and replaces other characters that are seen as space by a space, as SentencePiece's `nmt` rules do. */
export function nmt(piece: Piece): Piece {
  const kept = filterCharacters(piece, (code) => !REMOVED.test(String.fromCodePoint(code)));
  return mapCharacters(kept, (character) => (SPACE.test(character) ? ' ' : character));
}
