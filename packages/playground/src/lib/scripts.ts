/** Whether a text has Hangul, which all-MiniLM-L6-v2 was not trained on. */
export function hasHangul(text: string): boolean {
  return /\p{Script=Hangul}/u.test(text);
}
