import { editDistance } from '@headwise/core/metrics';
import type { Word } from '../../data/phonemes.ts';

/** Errors of pronunciations. */
export interface PhonemeScores {
  readonly words: number;
  /** Fraction of words whose pronunciation is none of the dictionary's. */
  readonly wordErrorRate: number;
  /** Edits per phoneme, to the pronunciation of the dictionary that has the fewest. */
  readonly phonemeErrorRate: number;
}

/**
 * Compares pronunciations with the dictionary's. Of several pronunciations of a word the closest one counts (Yao & Zweig 2015, §3.1).
 *
 * @param outputs phonemes of each word
 */
export function phonemeScores(
  words: readonly Word[],
  outputs: readonly (readonly string[])[],
): PhonemeScores {
  let [wrong, edits, phonemes] = [0, 0, 0];
  for (const [i, { pronunciations }] of words.entries()) {
    const distances = pronunciations.map((reference) => editDistance(outputs[i]!, reference));
    const least = Math.min(...distances);
    if (least > 0) wrong++;
    edits += least;
    phonemes += pronunciations[distances.indexOf(least)]!.length;
  }
  return { words: words.length, wordErrorRate: wrong / words.length, phonemeErrorRate: edits / phonemes };
}

/** Scores by the number of letters. Bins are of `width` letters; the last one has all longer words. */
export function phonemeScoresByLength(
  words: readonly Word[],
  outputs: readonly (readonly string[])[],
  { width, longest }: { readonly width: number; readonly longest: number },
): (PhonemeScores & { readonly from: number; readonly to: number })[] {
  const bins = new Map<number, number[]>();
  for (const [i, { spelling }] of words.entries()) {
    const bin = Math.floor((Math.min(spelling.length, longest) - 1) / width);
    bins.set(bin, [...(bins.get(bin) ?? []), i]);
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, members]) => ({
      from: bin * width + 1,
      to: (bin + 1) * width,
      ...phonemeScores(
        members.map((i) => words[i]!),
        members.map((i) => outputs[i]!),
      ),
    }));
}
