import { checkList } from './checks.ts';

/**
 * Levenshtein distance: the smallest number of insertions, deletions and substitutions of items that turn one sequence into the other
 * (Levenshtein 1966). Items are compared with `===`. Time is proportional to the product of the lengths, memory to that of `b`.
 *
 * @param a a text (compared by UTF-16 code unit) or a list of words, tokens, phonemes
 */
export function editDistance<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  for (const list of [a, b]) if (typeof list !== 'string') checkList('editDistance', 'a sequence', list);
  let above = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  let row = new Uint32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    row[0] = i + 1;
    for (let j = 0; j < b.length; j++) {
      const substitution = above[j]! + (a[i] === b[j] ? 0 : 1);
      row[j + 1] = Math.min(substitution, above[j + 1]! + 1, row[j]! + 1);
    }
    [above, row] = [row, above];
  }
  return above[b.length]!;
}
