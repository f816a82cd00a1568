import type { TrainingControl } from './training-control.ts';
import { END_OF_WORD, type UnigramCorpus } from './unigram-corpus.ts';

/** A substring of the corpus: the first `length` characters at each of the positions `order[start … end)`. */
export interface Substring {
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

export interface Substrings {
  /** Positions of all characters, sorted by the text that begins there, up to the maximum length. */
  readonly order: Int32Array;
  readonly characters: readonly Substring[];
  /** Repeated substrings of at least 2 characters with different continuations, in lexicographic order. */
  readonly repeated: readonly Substring[];
}

/**
 * Finds the repeated substrings of the different words: the inner nodes of their suffix tree, which are the substrings of maximal length
 * among those with the same occurrences. A sort from the first character on that is continued within groups of equal beginnings, up to
 * `maxLength` characters.
 */
export async function findSubstrings(
  { codes }: UnigramCorpus,
  maxLength: number,
  control: TrainingControl,
): Promise<Substrings> {
  const order = new Int32Array(codes.length).map((_, i) => i).filter((i) => codes[i] !== END_OF_WORD);
  const buffer = new Int32Array(order.length);
  const characters: Substring[] = [];
  const repeated: Substring[] = [];
  const pending: Substring[] = [{ start: 0, end: order.length, length: 0 }];
  for (let group = pending.pop(), step = 0; group; group = pending.pop(), step++) {
    const { start, end, length } = group;
    if (length === 1) characters.push(group);
    if (step % 256 === 0 && control.due) await control.pause();
    if (end - start < 2 && length > 0) continue;
    const children = splitByNextCode(codes, order, buffer, group);
    if (length >= 2 && children.length >= 2) repeated.push(group);
    if (length === maxLength) continue;
    // The first child in order is taken from the stack first.
    for (const child of children.reverse())
      if (codes[order[child.start]! + length] !== END_OF_WORD) pending.push(child);
  }
  return { order, characters, repeated };
}

/** Sorts a group's positions by the character that follows and returns the groups of equal ones. */
function splitByNextCode(
  codes: Int32Array,
  order: Int32Array,
  buffer: Int32Array,
  { start, end, length }: Substring,
): Substring[] {
  const sizes = new Map<number, number>();
  for (let i = start; i < end; i++) {
    const code = codes[order[i]! + length]!;
    sizes.set(code, (sizes.get(code) ?? 0) + 1);
  }
  if (sizes.size === 1) return [{ start, end, length: length + 1 }];
  const ends = new Map<number, number>();
  const children: Substring[] = [];
  let next = start;
  for (const code of [...sizes.keys()].sort((a, b) => a - b)) {
    const size = sizes.get(code)!;
    ends.set(code, next);
    children.push({ start: next, end: next + size, length: length + 1 });
    next += size;
  }
  buffer.set(order.subarray(start, end), start);
  for (let i = start; i < end; i++) {
    const code = codes[buffer[i]! + length]!;
    const target = ends.get(code)!;
    order[target] = buffer[i]!;
    ends.set(code, target + 1);
  }
  return children;
}
