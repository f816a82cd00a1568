import type { HeardWord } from '../../engine/listen/hearing.ts';

/** How a transcript differs from another: words by their index in each. */
export interface TranscriptChange {
  /** Pairs of words that both have, in their order. */
  readonly kept: ReadonlyArray<readonly [before: number, after: number]>;
  readonly gone: ReadonlySet<number>;
  readonly added: ReadonlySet<number>;
  /** Seconds by which the words of both begin earlier or later: the mean and the most. */
  readonly mean: number;
  readonly most: number;
  /** The pair of `kept` whose probability changed most; undefined if none did. */
  readonly likelihood: readonly [before: number, after: number] | undefined;
}

type Timed = Pick<HeardWord, 'text' | 'start' | 'probability'>;

/** Compares two transcripts word by word, by their longest common subsequence. */
export function compareWords(before: readonly Timed[], after: readonly Timed[]): TranscriptChange {
  const kept = commonWords(before, after);
  const shifts = kept.map(([i, j]) => Math.abs(before[i]!.start - after[j]!.start));
  const size = (pair: TranscriptChange['likelihood']): number =>
    pair ? Math.abs(before[pair[0]]!.probability - after[pair[1]]!.probability) : 0;
  const likelihood = [...kept].sort((a, b) => size(b) - size(a))[0];
  const others = (count: number, side: 0 | 1): Set<number> => {
    const all = new Set(Array.from({ length: count }, (_, i) => i));
    for (const pair of kept) all.delete(pair[side]);
    return all;
  };
  return {
    kept,
    gone: others(before.length, 0),
    added: others(after.length, 1),
    mean: shifts.reduce((sum, shift) => sum + shift, 0) / Math.max(1, shifts.length),
    most: Math.max(0, ...shifts),
    likelihood: size(likelihood) > 0 ? likelihood : undefined,
  };
}

/** Words are the same whatever their capitals and punctuation. */
const plain = ({ text }: Pick<Timed, 'text'>): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

function commonWords(before: readonly Timed[], after: readonly Timed[]): Array<[number, number]> {
  const [rows, columns] = [before.map(plain), after.map(plain)];
  const width = columns.length + 1;
  const longest = new Uint16Array((rows.length + 1) * width);
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    for (let j = columns.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        rows[i] === columns[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
    }
  }
  const pairs: Array<[number, number]> = [];
  for (let i = 0, j = 0; i < rows.length && j < columns.length; ) {
    if (rows[i] === columns[j]) pairs.push([i++, j++]);
    else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i += 1;
    else j += 1;
  }
  return pairs;
}
