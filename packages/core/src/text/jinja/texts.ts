/** What Python takes for white space in a text: `str.isspace` and `\s`. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACE_ONE = new RegExp(`^[${SPACE}]$`);
export const SPACES_AT = new RegExp(`[${SPACE}]*`, 'y');
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python ends lines at these
const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

export const isSpace = (character: string): boolean => SPACE_ONE.test(character);

/** Python's `lstrip`, `rstrip` and `strip`: of white space, or of the characters in `characters`. */
export function strip(text: string, characters: string | null, left: boolean, right: boolean): string {
  const set = characters === null ? undefined : new Set(characters);
  const drops = (character: string) => (set ? set.has(character) : isSpace(character));
  let [start, end] = [0, text.length];
  while (left && start < end) {
    const character = String.fromCodePoint(text.codePointAt(start)!);
    if (!drops(character)) break;
    start += character.length;
  }
  while (right && end > start) {
    const isPair = end - start > 1 && (text.codePointAt(end - 2) ?? 0) > 0xffff;
    if (!drops(text.slice(end - (isPair ? 2 : 1), end))) break;
    end -= isPair ? 2 : 1;
  }
  return text.slice(start, end);
}

/** Python's `split()` at white space; at most `limit` times, from the right if `fromRight`. */
export function splitSpaces(text: string, limit: number, fromRight: boolean): string[] {
  const words = [...text.matchAll(new RegExp(`[^${SPACE}]+`, 'g'))];
  const texts = (from: number, to?: number) => words.slice(from, to).map(([word]) => word);
  if (limit < 0 || words.length <= limit) return texts(0);
  const from = words.length - limit;
  // What is not split keeps the white space at its far end.
  if (!fromRight) return [...texts(0, limit), text.slice(words[limit]!.index)];
  return [strip(text.slice(0, words[from]?.index), null, false, true), ...texts(from)];
}

/** Python's `split(separator)`, at most `limit` times, from the right if `fromRight`. */
export function splitAt(text: string, separator: string, limit: number, fromRight: boolean): string[] {
  const parts = text.split(separator);
  if (limit < 0 || parts.length <= limit + 1) return parts;
  if (!fromRight) return [...parts.slice(0, limit), parts.slice(limit).join(separator)];
  const from = parts.length - limit;
  return [parts.slice(0, from).join(separator), ...parts.slice(from)];
}

export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const match of text.matchAll(LINE_ENDS)) {
    const end = match.index + match[0].length;
    lines.push(text.slice(start, keepEnds ? end : match.index));
    start = end;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** The words of `wordcount`: runs of letters, digits and `_`. */
export const countWords = (text: string): number => (text.match(/[\p{L}\p{N}_]+/gu) ?? []).length;

/** Digraphs whose title case is neither their upper nor their lower case. */
const TITLES: Readonly<Record<string, string>> = {
  Ǆ: 'ǅ',
  ǆ: 'ǅ',
  Ǉ: 'ǈ',
  ǉ: 'ǈ',
  Ǌ: 'ǋ',
  ǌ: 'ǋ',
  Ǳ: 'ǲ',
  ǳ: 'ǲ',
};

export function titleCase(character: string): string {
  const [first = '', ...rest] = character.toUpperCase();
  return TITLES[character] ?? first + rest.join('').toLowerCase();
}

export function capitalize(text: string): string {
  const [first = ''] = text;
  return titleCase(first) + text.slice(first.length).toLowerCase();
}

/** Python's `str.title()`: a letter is a capital unless a letter stands before it. */
export function title(text: string): string {
  let previous = false;
  return Array.from(text, (character) => {
    const out = previous ? character.toLowerCase() : titleCase(character);
    previous = /\p{Cased}/u.test(character);
    return out;
  }).join('');
}

export function swapCase(text: string): string {
  return Array.from(text, (c) => (c.toLowerCase() === c ? c.toUpperCase() : c.toLowerCase())).join('');
}
