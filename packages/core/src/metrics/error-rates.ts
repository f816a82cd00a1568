import { ShapeError } from '../errors.ts';
import { checkList, checkPairs, checkText } from './checks.ts';
import { editDistance } from './edit-distance.ts';
import { characters, splitWords } from './text.ts';

/**
 * Word error rate of a corpus, the usual measure of speech recognition: 0 is best, more than 1 is possible.
 *
 * WER = (S + D + I) / N,
 *
 * with S, D and I the substituted, deleted and inserted words ({@link editDistance}) and N the words of the references, all summed over the
 * corpus. Words are separated by white space.
 *
 * Misleads: a wrong article counts as much as a wrong name, and one missing space counts as two errors. Case and punctuation count: remove
 * them from both sides first if they should not. Long outputs can exceed 1.
 *
 * @throws ShapeError if the lists differ in length or are empty, or the references have no words
 */
export function wordErrorRate(hypotheses: readonly string[], references: readonly string[]): number {
  return textErrorRate('wordErrorRate', hypotheses, references, splitWords);
}

/**
 * Character error rate of a corpus: {@link wordErrorRate} with code points, white space included, in place of words.
 *
 * The usual measure for Korean, Japanese and Chinese speech and for optical character recognition, where words are long or not separated.
 *
 * Misleads: the same letters in another normal form of Unicode (one syllable of Hangul or its two or three letters) count as errors: apply
 * `normalize('NFC')` to both sides first.
 *
 * @throws ShapeError if the lists differ in length or are empty, or the references have no characters
 */
export function characterErrorRate(hypotheses: readonly string[], references: readonly string[]): number {
  return textErrorRate('characterErrorRate', hypotheses, references, characters);
}

/**
 * Phoneme error rate of a corpus: {@link wordErrorRate} with phonemes in place of words. The usual measure of grapheme-to-phoneme conversion,
 * along with the share of words that are not exactly right.
 *
 * Misleads: a wrong stress mark counts as much as a wrong sound, where marks are part of the phonemes (`AH0`, `AH1`).
 *
 * @param hypotheses the phonemes of each word or utterance
 * @throws ShapeError if the lists differ in length or are empty, or the references have no phonemes
 */
export function phonemeErrorRate(
  hypotheses: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
): number {
  return errorRate('phonemeErrorRate', hypotheses, references);
}

function textErrorRate(
  metric: string,
  hypotheses: readonly string[],
  references: readonly string[],
  split: (text: string) => string[],
): number {
  checkPairs(metric, hypotheses, references);
  const splitChecked = (role: string) => (text: string, i: number) => {
    checkText(metric, `${role}[${i}]`, text);
    return split(text);
  };
  return errorRate(
    metric,
    hypotheses.map(splitChecked('hypothesis')),
    references.map(splitChecked('reference')),
  );
}

function errorRate(
  metric: string,
  hypotheses: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
): number {
  checkPairs(metric, hypotheses, references);
  let [edits, length] = [0, 0];
  for (const [i, reference] of references.entries()) {
    checkList(metric, `reference[${i}]`, reference);
    edits += editDistance(hypotheses[i]!, reference);
    length += reference.length;
  }
  if (length === 0)
    throw new ShapeError(`${metric}: expected references that are not empty, got only empty ones`);
  return edits / length;
}
