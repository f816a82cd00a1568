import { checkPairs, checkText } from './checks.ts';
import type { References } from './corpus.ts';
import { countItems, overlap } from './ngrams.ts';
import { splitWords } from './text.ts';

/** Both from 0 to 100. */
export interface SquadScores {
  /** Share of predictions that equal one of their answers. */
  readonly exactMatch: number;
  /** Mean F1 of the words of prediction and answer. */
  readonly f1: number;
}

/**
 * Exact match and F1 of question answering by the rules of SQuAD 2.0's evaluation script (Rajpurkar et al. 2018). Those of SQuAD 1.1
 * (Rajpurkar et al. 2016) give the same scores unless an answer consists of articles and punctuation alone.
 *
 * Texts are compared after {@link normalizeAnswer}. F1 = 2 · common words / (words of the prediction + words of the answer). Of several
 * answers the best counts, for each score by itself. A question without an answer has an empty list of answers, or an empty one; the empty
 * prediction is then right, and any other has 0.
 *
 * Measures: whether a system finds the span that annotators marked.
 *
 * Misleads: a right answer in other words is wrong; F1 gives most of the points to a long answer that lacks the word "not". Half of the
 * questions in SQuAD 2.0's development set have no answer, so that always predicting the empty text has 50. Articles are English ones.
 *
 * @param predictions a text for each question
 * @param answers the right answers of each question
 * @throws ShapeError if the lists differ in length or are empty
 */
export function squadScores(predictions: readonly string[], answers: readonly References[]): SquadScores {
  checkPairs('squadScores', predictions, answers);
  let [exactMatch, f1] = [0, 0];
  for (const [i, text] of predictions.entries()) {
    checkText('squadScores', `prediction[${i}]`, text);
    const prediction = normalizeAnswer(text);
    const listed = [answers[i]!].flat().map(normalizeAnswer);
    const nonEmpty = listed.filter((answer) => answer !== '');
    const accepted = nonEmpty.length > 0 ? nonEmpty : [''];
    if (accepted.includes(prediction)) exactMatch++;
    f1 += accepted.reduce((best, answer) => Math.max(best, wordF1(prediction, answer)), -Infinity);
  }
  const toPercent = (sum: number) => (100 * sum) / predictions.length;
  return { exactMatch: toPercent(exactMatch), f1: toPercent(f1) };
}

/** An answer as SQuAD's scripts compare it: in lower case, without ASCII punctuation and the articles a, an, the, single spaces between words. */
export function normalizeAnswer(text: string): string {
  checkText('normalizeAnswer', 'the answer', text);
  const letters = text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, '');
  // Word boundaries as in Python, whose \b knows the letters of all scripts.
  return splitWords(letters.replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, ' ')).join(' ');
}

function wordF1(prediction: string, answer: string): number {
  const [predicted, expected] = [splitWords(prediction), splitWords(answer)];
  if (predicted.length === 0 || expected.length === 0) return predicted.length === expected.length ? 1 : 0;
  return (2 * overlap(countItems(predicted), countItems(expected))) / (predicted.length + expected.length);
}

/**
 * Share of texts that equal their reference character by character, from 0 to 1. {@link squadScores} ignores case, articles and punctuation.
 *
 * Misleads: a text that differs by one space is as wrong as any other.
 *
 * @throws ShapeError if the lists differ in length or are empty
 */
export function exactMatch(hypotheses: readonly string[], references: readonly string[]): number {
  checkPairs('exactMatch', hypotheses, references);
  return hypotheses.filter((hypothesis, i) => hypothesis === references[i]).length / hypotheses.length;
}
