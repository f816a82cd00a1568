/** Digits whose names end in a consonant: 영, 일, 삼, 육, 칠, 팔. */
const CLOSED_DIGITS = '013678';

/** Whether a word ends in a consonant when it is read in Korean. Of words in other letters no one knows; they count as open. */
function isClosed(word: string): boolean {
  const last = [...word.replace(/[^\p{L}\p{N}]+$/u, '')].at(-1) ?? '';
  const code = last.charCodeAt(0) - 0xac00;
  if (code >= 0 && code < 11_172) return code % 28 !== 0;
  return CLOSED_DIGITS.includes(last) && last !== '';
}

/** The quoted word with the particle of an object: ‘물’을, ‘커피’를. */
export const asObject = (word: string): string => `‘${word}’${isClosed(word) ? '을' : '를'}`;
