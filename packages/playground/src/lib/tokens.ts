/** A token for display. `continues`: it continues the previous token's word (WordPiece's `##`). */
export interface DisplayToken {
  readonly label: string;
  readonly continues: boolean;
  readonly special: boolean;
}

// Few fonts draw conjoining jamo (U+1100…) outside a syllable block. The compatibility jamo (U+3131…) are the same
// letters as separate characters.
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
const FINALS = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

function letterAt(letters: string, first: number, code: number): string | undefined {
  return letters[code - first];
}

/** Replaces conjoining jamo by compatibility jamo. */
export function toCompatibilityJamo(text: string): string {
  return text.replace(/[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2]/g, (letter) => {
    const code = letter.charCodeAt(0);
    const replacement =
      code >= 0x11a8
        ? letterAt(FINALS, 0x11a8, code)
        : code >= 0x1161
          ? letterAt(VOWELS, 0x1161, code)
          : letterAt(INITIALS, 0x1100, code);
    return replacement ?? letter;
  });
}

/** Whether a token is one that the tokenizer adds to a text. */
export function isSpecial(token: string): boolean {
  return token === '[CLS]' || token === '[SEP]' || token === '[PAD]';
}

/** A token of the vocabulary for display. */
export function displayToken(token: string): DisplayToken {
  const continues = token.length > 2 && token.startsWith('##');
  const spelling = visibleSpace(continues ? token.slice(2) : token);
  return {
    label: toCompatibilityJamo(spelling),
    continues,
    special: isSpecial(token),
  };
}

/** A token of white space alone with signs that can be seen. */
export function visibleSpace(token: string): string {
  if (token.trim() !== '') return token;
  return token.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
}

/** The label of a token, with `##` for a continuation. */
export function tokenLabel(token: string): string {
  const { continues, label } = displayToken(token);
  return continues ? `##${label}` : label;
}

/** Letters of a script that the model was not trained on: Hangul, or any other but the Latin one. */
export type ForeignScript = 'hangul' | 'other';

/** The script of the letters in a text that a model of these languages does not know; undefined if there are none. */
export function foreignScript(
  text: string,
  languages: ReadonlyArray<'en' | 'ko'> = ['en'],
): ForeignScript | undefined {
  if (!languages.includes('ko') && /\p{Script=Hangul}/u.test(text)) return 'hangul';
  // Script=Common has the letters of no script, such as ª.
  return /(?![\p{Script=Latin}\p{Script=Hangul}\p{Script=Common}])\p{L}/u.test(text) ? 'other' : undefined;
}

/** Cuts a label to at most `length` code points, with an ellipsis at the end. */
export function truncateLabel(label: string, length: number): string {
  const characters = [...label];
  return characters.length <= length ? label : `${characters.slice(0, length - 1).join('')}…`;
}

/** About how wide a label is, in Latin letters: syllables of Hangul take two. */
function widthOf(label: string): number {
  let width = 0;
  for (const character of label) width += character >= '\u1100' ? 2 : 1;
  return width;
}

/** The labels, each once, that are probably the widest: hidden ones give a column its width whichever are shown. */
export function widestLabels(labels: readonly string[]): readonly string[] {
  const widths = [...new Set(labels)].map((label) => ({ label, width: widthOf(label) }));
  widths.sort((a, b) => b.width - a.width);
  return widths.slice(0, 4).map(({ label }) => label);
}
