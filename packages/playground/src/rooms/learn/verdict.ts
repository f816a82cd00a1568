/** Whether each word of a translation is the right one at its place. */
export function rightWords(text: string, expected: string): boolean[] {
  const right = expected.split(' ');
  return text.split(' ').map((word, i) => word === right[i]);
}

/** Whether a translation is right as a whole, in its first word, or not even in that. */
export function howRight(text: string, expected: string): 'all' | 'start' | 'nothing' {
  if (text === expected) return 'all';
  return rightWords(text, expected)[0] ? 'start' : 'nothing';
}
