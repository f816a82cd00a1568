import { pairSegments, type References } from './corpus.ts';
import { splitWords } from './text.ts';

/** Banerjee and Lavie (2005), in the notation of Lavie and Agarwal (2007): weight of precision, exponent and weight of the penalty. */
const ALPHA = 0.9;
const BETA = 3;
const GAMMA = 0.5;

/**
 * The first stage of METEOR (Banerjee and Lavie 2005) by itself, from 0 to 1: words match if they are equal in lower case. Equal to NLTK's
 * `meteor_score` without stems and synonyms.
 *
 * Score = F · (1 − γ · (chunks / matches)^β), F = P · R / (α · P + (1 − α) · R), α = 0.9, β = 3, γ = 0.5,
 *
 * with P and R the matched share of the hypothesis's and of the reference's words, and chunks the number of sequences that are contiguous in
 * both. Of several references the best counts; the score of a corpus is the mean over its texts.
 *
 * Measures: recall of the reference's words, nine times as important as precision, lowered where their order differs.
 *
 * Misleads: it is not METEOR, whose later stages match stems, synonyms and paraphrases with data of each language; scores are lower. A text
 * equal to its reference has less than 1 (0.996 for five words). Words are separated by white space: separate punctuation first. Repeated words
 * are matched from the end, not so that chunks are fewest.
 *
 * @param references `references[i]` belongs to `hypotheses[i]`
 * @throws ShapeError if the lists differ in length or are empty, or a hypothesis has no reference
 */
export function meteorExact(hypotheses: readonly string[], references: readonly References[]): number {
  const wordsOf = (text: string) => splitWords(text.toLowerCase());
  const segments = pairSegments('meteorExact', hypotheses, references);
  const scores = segments.map((segment) => {
    const hypothesis = wordsOf(segment.hypothesis);
    return segment.references.reduce(
      (best, reference) => Math.max(best, scorePair(hypothesis, wordsOf(reference))),
      -Infinity,
    );
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function scorePair(hypothesis: readonly string[], reference: readonly string[]): number {
  const matches = matchWords(hypothesis, reference);
  if (matches.length === 0) return 0;
  const precision = matches.length / hypothesis.length;
  const recall = matches.length / reference.length;
  const f = (precision * recall) / (ALPHA * precision + (1 - ALPHA) * recall);
  let chunks = 1;
  for (let k = 1; k < matches.length; k++) {
    const [previous, match] = [matches[k - 1]!, matches[k]!];
    if (match[0] !== previous[0] + 1 || match[1] !== previous[1] + 1) chunks++;
  }
  return f * (1 - GAMMA * (chunks / matches.length) ** BETA);
}

/** Pairs of equal words, each word in one pair at most, as NLTK finds them: from the end of both texts. In the order of the hypothesis. */
function matchWords(
  hypothesis: readonly string[],
  reference: readonly string[],
): (readonly [hypothesisIndex: number, referenceIndex: number])[] {
  const used = new Set<number>();
  const matches: (readonly [number, number])[] = [];
  for (let i = hypothesis.length - 1; i >= 0; i--) {
    let j = reference.length - 1;
    while (j >= 0 && (used.has(j) || hypothesis[i] !== reference[j])) j--;
    if (j < 0) continue;
    used.add(j);
    matches.push([i, j]);
  }
  return matches.reverse();
}
