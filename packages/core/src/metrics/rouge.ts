import { checkOptions, type OptionNames } from '../options.ts';
import { checkChoice } from './checks.ts';
import { pairSegments, type References } from './corpus.ts';
import { type FScore, fScoreOf, meanFScore } from './f-score.ts';
import { countItems, countNgrams, ngramTotal, overlap } from './ngrams.ts';

export interface RougeOptions {
  /**
   * What a token is, in lower case:
   *
   * - `ascii`, the default: a run of letters a to z and digits, as in Google's rouge_score. A Korean text has no tokens.
   * - `unicode`: a run of letters, marks and digits of any script
   */
  readonly tokenize?: 'ascii' | 'unicode';
}

/** Means over the corpus. */
export interface RougeScores {
  /** Unigrams. */
  readonly rouge1: FScore;
  /** Bigrams. */
  readonly rouge2: FScore;
  /** Longest common subsequence of the whole texts. */
  readonly rougeL: FScore;
  /** Longest common subsequences of sentences, which are the lines of the text. */
  readonly rougeLsum: FScore;
}

/**
 * ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum (Lin 2004), equal to Google's rouge_score without stemming; the usual measures of summaries.
 *
 * ROUGE-N: precision = common n-grams / n-grams of the hypothesis, recall = common n-grams / n-grams of the reference. ROUGE-L: the same with
 * the length of the longest common subsequence of tokens, and the numbers of tokens. ROUGE-Lsum: with the union, for each line of the
 * reference, of its longest common subsequences with all lines of the hypothesis; no token counts more often than in either text.
 *
 * Each score is computed for each text, with the reference of the best F1, and then averaged.
 *
 * Measures: how much of the reference's wording a summary has (recall), and how much of the summary is in the reference (precision).
 *
 * Misleads: a good summary in other words scores low, a copied sentence scores well whether or not it matters, and a negation hardly
 * counts. Recall grows with the length of a summary: report F1. Without line breaks ROUGE-Lsum equals ROUGE-L. Implementations that stem
 * words have higher scores.
 *
 * @param references `references[i]` belongs to `hypotheses[i]`
 * @throws ShapeError if the lists differ in length or are empty, or a hypothesis has no reference
 * @throws ConfigError for an invalid option
 */
export function rouge(
  hypotheses: readonly string[],
  references: readonly References[],
  options: RougeOptions = {},
): RougeScores {
  checkOptions('rouge', options, { tokenize: true } satisfies OptionNames<RougeOptions>);
  const { tokenize = 'ascii' } = options;
  checkChoice('rouge', 'tokenize', tokenize, Object.keys(TOKENS));
  const tokensOf = (text: string): string[] => text.toLowerCase().match(TOKENS[tokenize]) ?? [];
  const parse = (text: string): Text => ({
    tokens: tokensOf(text),
    lines: text.split('\n').map(tokensOf),
  });
  const segments = pairSegments('rouge', hypotheses, references).map((segment) => ({
    hypothesis: parse(segment.hypothesis),
    references: segment.references.map(parse),
  }));
  const meanOfBest = (score: (hypothesis: Text, reference: Text) => FScore) =>
    meanFScore(
      segments.map((segment) =>
        segment.references
          .map((reference) => score(segment.hypothesis, reference))
          .reduce((best, other) => (other.f1 > best.f1 ? other : best)),
      ),
    );
  return {
    rouge1: meanOfBest((a, b) => ngramScore(a.tokens, b.tokens, 1)),
    rouge2: meanOfBest((a, b) => ngramScore(a.tokens, b.tokens, 2)),
    rougeL: meanOfBest((a, b) => subsequenceScore(a.tokens, b.tokens)),
    rougeLsum: meanOfBest((a, b) => unionScore(a.lines, b.lines)),
  };
}

const TOKENS = { ascii: /[a-z0-9]+/g, unicode: /[\p{L}\p{M}\p{N}]+/gu };

interface Text {
  readonly tokens: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

function ngramScore(hypothesis: readonly string[], reference: readonly string[], n: number): FScore {
  const common = overlap(countNgrams(hypothesis, n, ' '), countNgrams(reference, n, ' '));
  return fScoreOf(common, ngramTotal(hypothesis.length, n), ngramTotal(reference.length, n));
}

function subsequenceScore(hypothesis: readonly string[], reference: readonly string[]): FScore {
  return fScoreOf(commonSubsequence(reference, hypothesis).length, hypothesis.length, reference.length);
}

function unionScore(
  hypothesis: readonly (readonly string[])[],
  reference: readonly (readonly string[])[],
): FScore {
  const remaining = [countItems(hypothesis.flat()), countItems(reference.flat())];
  let common = 0;
  for (const line of reference) {
    const union = new Set(hypothesis.flatMap((other) => commonSubsequence(line, other)));
    for (const index of union) {
      const token = line[index]!;
      if (remaining.some((counts) => !counts.get(token))) continue;
      for (const counts of remaining) counts.set(token, counts.get(token)! - 1);
      common++;
    }
  }
  return fScoreOf(common, hypothesis.flat().length, reference.flat().length);
}

/** Indices in `a` of a longest common subsequence with `b`; of several the one that rouge_score finds. */
function commonSubsequence(a: readonly string[], b: readonly string[]): number[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = 1; i <= a.length; i++) {
    const [row, above] = [lengths[i]!, lengths[i - 1]!];
    for (let j = 1; j <= b.length; j++) {
      row[j] = a[i - 1] === b[j - 1] ? above[j - 1]! + 1 : Math.max(above[j]!, row[j - 1]!);
    }
  }
  const indices: number[] = [];
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      indices.push(--i);
      j--;
    } else if (lengths[i]![j - 1]! > lengths[i - 1]![j]!) j--;
    else i--;
  }
  return indices.reverse();
}
