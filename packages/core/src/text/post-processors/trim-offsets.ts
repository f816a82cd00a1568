import { BYTE_CHARACTERS } from '../pieces/byte-level.ts';
import { WHITE_SPACE } from '../unicode/categories.ts';
import type { Tokens } from './tokens.ts';

const SPACE = BYTE_CHARACTERS[0x20]!.charCodeAt(0);

const isSpace = (unit: number) => unit === SPACE || WHITE_SPACE.has(unit);

/** Excludes the white space at the start and end of each token from its offsets. A space that was added before the text is not there. */
export function trimOffsets({ tokens, starts, ends, text }: Tokens, addPrefixSpace: boolean): void {
  for (const [i, token] of tokens.entries()) {
    let leading = 0;
    while (leading < token.length && isSpace(token.charCodeAt(leading))) leading++;
    let trailing = 0;
    while (trailing < token.length && isSpace(token.charCodeAt(token.length - 1 - trailing))) trailing++;
    if (addPrefixSpace && leading === 1 && (i === 0 || starts[i] === 0)) leading = 0;
    // Offsets move by characters, of which some have two units.
    for (; leading > 0 && starts[i]! < ends[i]!; leading--)
      starts[i]! += text.codePointAt(starts[i]!)! > 0xffff ? 2 : 1;
    for (; trailing > 0 && ends[i]! > starts[i]!; trailing--)
      ends[i]! -= (text.charCodeAt(ends[i]! - 1) & 0xfc00) === 0xdc00 ? 2 : 1;
  }
}
