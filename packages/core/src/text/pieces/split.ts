import { type Piece, slicePiece } from './alignment.ts';

/** What becomes of the matches of a pattern at which a text is split. */
export const SPLIT_BEHAVIORS = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
export type SplitBehavior = (typeof SPLIT_BEHAVIORS)[number];

/** Finds the matches of a pattern: starts and ends in turn, ascending. They do not overlap. */
export type Matcher = (text: string) => number[];

/** Splits a piece at matches. With `invert`, the text between the matches is what is matched. */
export function splitPiece(
  piece: Piece,
  matches: readonly number[],
  behavior: SplitBehavior,
  invert = false,
): Piece[] {
  const { length } = piece.text;
  const parts: Piece[] = [];
  let start = 0;
  let end = 0;
  let previous = false;
  const flush = () => {
    if (end > start) parts.push(start === 0 && end === length ? piece : slicePiece(piece, start, end));
  };
  const add = (from: number, to: number, isMatch: boolean) => {
    const joins =
      (behavior === 'Contiguous' && isMatch === previous) ||
      (behavior === 'MergedWithPrevious' && isMatch && !previous) ||
      (behavior === 'MergedWithNext' && !isMatch && previous);
    previous = isMatch;
    if (behavior === 'Removed' && isMatch) {
      flush();
      start = end = to;
      return;
    }
    if (!joins) {
      flush();
      start = from;
    }
    end = to;
  };
  let done = 0;
  for (let i = 0; i < matches.length; i += 2) {
    if (done !== matches[i]) add(done, matches[i]!, invert);
    add(matches[i]!, matches[i + 1]!, !invert);
    done = matches[i + 1]!;
  }
  if (done !== length) add(done, length, invert);
  flush();
  return parts;
}

/** A matcher of single characters. */
export function characterMatcher(isMatch: (code: number) => boolean): Matcher {
  return (text) => {
    const matches: number[] = [];
    for (let i = 0; i < text.length; i++) {
      const code = text.codePointAt(i)!;
      const end = i + (code > 0xffff ? 2 : 1);
      if (isMatch(code)) matches.push(i, end);
      i = end - 1;
    }
    return matches;
  };
}

/** A matcher of a non-empty string. */
export function stringMatcher(searched: string): Matcher {
  return (text) => {
    const matches: number[] = [];
    for (let at = text.indexOf(searched); at >= 0; at = text.indexOf(searched, at + searched.length))
      matches.push(at, at + searched.length);
    return matches;
  };
}
