/**
 * Syllables of Hangul taken apart and put together (Unicode 3.12): U+AC00 + (initial · 21 + vowel) · 28 + final.
 */

const FIRST = 0xac00;
const INITIALS = [...'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ'];
const VOWELS = [...'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ'];
const FINALS = ['', ...'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ'];

export interface Syllable {
  readonly initial: string;
  readonly vowel: string;
  /** Empty when the syllable ends in its vowel. */
  readonly final: string;
}

/** @throws RangeError when the character is not a syllable of Hangul */
export function takeApart(character: string): Syllable {
  const code = character.charCodeAt(0) - FIRST;
  if (!(code >= 0 && code < 11_172)) throw new RangeError(`hangul: expected a syllable, got "${character}"`);
  return {
    initial: INITIALS[Math.floor(code / 588)]!,
    vowel: VOWELS[Math.floor(code / 28) % 21]!,
    final: FINALS[code % 28]!,
  };
}

export function putTogether({ initial, vowel, final }: Syllable): string {
  const code = (INITIALS.indexOf(initial) * 21 + VOWELS.indexOf(vowel)) * 28 + FINALS.indexOf(final);
  return String.fromCharCode(FIRST + code);
}

/** The last syllable of a word. */
export const lastOf = (word: string): Syllable => takeApart(word.slice(-1));

/** The word with parts of its last syllable replaced. */
export const withLast = (word: string, change: Partial<Syllable>): string =>
  word.slice(0, -1) + putTogether({ ...lastOf(word), ...change });

/** The final consonant of a word, empty after a vowel: it decides the form of particles and endings. */
export const finalOf = (word: string): string => lastOf(word).final;

const particle = (afterConsonant: string, afterVowel: string) => (word: string) =>
  word + (finalOf(word) === '' ? afterVowel : afterConsonant);

/** 은/는: the topic. */
export const topic = particle('은', '는');
/** 이/가: the subject; 나, 저, 너 and 누구 have forms of their own. */
export const subject = (word: string): string =>
  ({ 나: '내가', 저: '제가', 너: '네가', 누구: '누가' })[word] ?? particle('이', '가')(word);
/** 을/를: the object. */
export const object = particle('을', '를');
