import stringWidth from 'string-width';

// BERT's tokenizer takes Hangul syllables apart into conjoining jamo, which terminals draw on top of each other or not
// at all when they stand alone. The compatibility jamo are the same letters as characters of their own.
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
const FINALS = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';
const RANGES = [
  { from: 0x1100, letters: INITIALS },
  { from: 0x1161, letters: VOWELS },
  { from: 0x11a8, letters: FINALS },
];

/** A token as a terminal can draw it. */
export function displayToken(token: string): string {
  return token.replace(/[\u1100-\u11ff]/g, (jamo) => {
    const code = jamo.charCodeAt(0);
    const range = RANGES.findLast(({ from }) => code >= from);
    return range?.letters[code - range.from] ?? jamo;
  });
}

/** A sentence as it stands in a heading or a table. */
export const oneLine = (text: string): string => (text === '' ? '(empty)' : text.replace(/\s+/g, ' '));

/** Fills a text with spaces to a width in terminal columns, or cuts it there with an ellipsis. */
export function fit(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text + ' '.repeat(columns - stringWidth(text));
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return fit(`${kept}…`, columns);
}

/** The widest of some texts, in terminal columns. */
export const widest = (texts: readonly string[]): number =>
  Math.max(0, ...texts.map((text) => stringWidth(text)));

/** Lays words out on lines of at most so many columns, parted by two spaces, each line indented. */
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
