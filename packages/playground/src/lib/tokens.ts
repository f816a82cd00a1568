/** How a token is shown: `continues` when it goes on with the word before it (WordPiece's `##`). */
export interface ShownToken {
  readonly label: string;
  readonly continues: boolean;
  readonly special: boolean;
}

// Conjoining jamo (U+1100…) are made to be drawn inside a syllable block, and few fonts draw them alone. The
// compatibility jamo (U+3131…) are the same letters standing by themselves.
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
const FINALS = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

function standing(letters: string, first: number, code: number): string | undefined {
  return letters[code - first];
}

/** Text with conjoining jamo as letters that stand alone. */
export function standaloneJamo(text: string): string {
  return text.replace(/[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2]/g, (letter) => {
    const code = letter.charCodeAt(0);
    const shown =
      code >= 0x11a8
        ? standing(FINALS, 0x11a8, code)
        : code >= 0x1161
          ? standing(VOWELS, 0x1161, code)
          : standing(INITIALS, 0x1100, code);
    return shown ?? letter;
  });
}

/** Whether a token is one that the tokeniser adds around a text. */
export function isSpecial(token: string): boolean {
  return token === '[CLS]' || token === '[SEP]' || token === '[PAD]';
}

/** A token of the vocabulary as it is shown. */
export function showToken(token: string): ShownToken {
  const continues = token.length > 2 && token.startsWith('##');
  return {
    label: standaloneJamo(continues ? token.slice(2) : token),
    continues,
    special: isSpecial(token),
  };
}

/** A token on one line: its continuation mark is kept. */
export function tokenLabel(token: string): string {
  const shown = showToken(token);
  return shown.continues ? `##${shown.label}` : shown.label;
}

/** Whether a text has Hangul in it, as syllables or letters. */
export function hasHangul(text: string): boolean {
  return /\p{Script=Hangul}/u.test(text);
}

/** A label of at most `length` characters, its end replaced by an ellipsis where it is longer. */
export function shorten(label: string, length: number): string {
  const characters = [...label];
  return characters.length <= length ? label : `${characters.slice(0, length - 1).join('')}…`;
}
