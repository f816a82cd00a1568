import { isObject, tokenizerError } from '../text/json/component.ts';

/** vocab.txt: the id of a token is the number of its line, the last one if it is there twice. */
export function readLines(text: string): Record<string, number> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return Object.fromEntries(lines.map((line, id) => [line.replace(/\p{White_Space}+$/u, ''), id]));
}

/** merges.txt: two pieces in each line, after a first line with the version. */
export function readMerges(text: string): [string, string][] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.flatMap((line, index): [string, string][] => {
    if (line.startsWith('#version')) return [];
    const [left, right, ...rest] = line.replace(/\r$/, '').split(' ');
    if (left && right && rest.length === 0) return [[left, right]];
    throw tokenizerError(`merges.txt: line ${index + 1} must have two pieces, got ${JSON.stringify(line)}`);
  });
}

/** vocab.json: ids by tokens. Throws `FormatError` for other values. */
export function readVocabulary(json: unknown): Record<string, number> {
  if (!isObject(json)) throw tokenizerError('vocab.json must be an object');
  const wrong = Object.entries(json).find(([, id]) => !Number.isSafeInteger(id) || (id as number) < 0);
  if (wrong) throw tokenizerError(`vocab.json: ${JSON.stringify(wrong[0])} must have an id`);
  return json as Record<string, number>;
}
