/** A range of a text without the white space at its ends; an empty range at its end if it is all white space. */
export function trimmedRange(text: string, start: number, end: number): [start: number, end: number] {
  const range = text.slice(start, end);
  const from = end - range.trimStart().length;
  return [from, Math.max(from, start + range.trimEnd().length)];
}
