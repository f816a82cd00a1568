import { AlignedWriter, type Piece } from './alignment.ts';

/** Puts a string before a text. It has the range of the first character. Does nothing for an empty text. */
export function prependTo(piece: Piece, prefix: string): Piece {
  const { text, alignment, from } = piece;
  if (text === '') return piece;
  const writer = new AlignedWriter(alignment.origin, text.length + prefix.length);
  const first = text.codePointAt(0)! > 0xffff ? 2 : 1;
  const start = alignment.startOf(from);
  const end = alignment.endOf(from + first - 1);
  for (let i = 0; i < prefix.length; i++) writer.unit(prefix.charCodeAt(i), start, end);
  if (prefix === '') {
    // The library has the first character replaced by none and added again, so it has lost its range.
    for (let i = 0; i < first; i++) writer.unit(text.charCodeAt(i), alignment.origin, alignment.origin);
    writer.copy(piece, first, text.length);
  } else writer.copy(piece, 0, text.length);
  return writer.finish();
}

/** Replaces ranges of a text, given as starts and ends in turn, by a string that has the range of the last character of each. */
export function replaceMatches(piece: Piece, matches: readonly number[], content: string): Piece {
  if (matches.length === 0) return piece;
  const { text, alignment, from } = piece;
  const writer = new AlignedWriter(alignment.origin, text.length);
  let done = 0;
  for (let i = 0; i < matches.length; i += 2) {
    const end = matches[i + 1]!;
    writer.copy(piece, done, matches[i]!);
    const pair = end > 1 && (text.charCodeAt(end - 1) & 0xfc00) === 0xdc00;
    const from0 = end === 0 ? alignment.origin : alignment.startOf(from + end - (pair ? 2 : 1));
    const to0 = end === 0 ? alignment.origin : alignment.endOf(from + end - 1);
    for (let k = 0; k < content.length; k++) writer.unit(content.charCodeAt(k), from0, to0);
    done = end;
  }
  writer.copy(piece, done, text.length);
  return writer.finish();
}
