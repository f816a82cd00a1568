import stringWidth from 'string-width';

// BERT's tokenizer decomposes Hangul syllables into conjoining jamo (U+1100…), which terminals draw on top of each other
// or not at all. The compatibility jamo (U+3131…) are the same letters as separate characters.
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
const FINALS = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';
const RANGES = [
  { from: 0x1100, letters: INITIALS },
  { from: 0x1161, letters: VOWELS },
  { from: 0x11a8, letters: FINALS },
];

/** A token with compatibility jamo in place of conjoining jamo. */
export function displayToken(token: string): string {
  return token.replace(/[\u1100-\u11ff]/g, (jamo) => {
    const code = jamo.charCodeAt(0);
    const range = RANGES.findLast(({ from }) => code >= from);
    return range?.letters[code - range.from] ?? jamo;
  });
}

/** A sentence on one line, for a heading or a table row. */
export const oneLine = (text: string): string => (text === '' ? '(empty)' : text.replace(/\s+/g, ' '));

/** Pads a text with spaces to a width in terminal columns, or cuts it there with an ellipsis. */
export function fit(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text + ' '.repeat(columns - stringWidth(text));
  let prefix = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(prefix + segment) > columns - 1) break;
    prefix += segment;
  }
  return fit(`${prefix}…`, columns);
}

/** The largest width of the texts, in terminal columns. */
export const maxWidth = (texts: readonly string[]): number =>
  Math.max(0, ...texts.map((text) => stringWidth(text)));

/** Joins words with two spaces into indented lines of at most `columns` columns. */
export function wrap(words: readonly string[], columns: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line}  ${word}`;
    if (line !== '' && stringWidth(indent + longer) > columns) {
      lines.push(indent + line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(indent + line);
  return lines;
}
