// White space as in Python's str.split and str.rstrip, which the reference implementations use: \s lacks U+001C to U+001F and U+0085,
// and has U+FEFF.
const CLASS = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const WHITE_SPACE = new RegExp(CLASS, 'u');
const WHITE_SPACE_RUN = new RegExp(`${CLASS}+`, 'u');

/** The words of a text: everything between white space. */
export function splitWords(text: string): string[] {
  return text.split(WHITE_SPACE_RUN).filter((word) => word !== '');
}

/** The text without white space at its end. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && WHITE_SPACE.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** The code points of a text. */
export function characters(text: string): string[] {
  return Array.from(text);
}
