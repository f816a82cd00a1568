import { readFileSync } from 'node:fs';
import { chrf, sentenceBleu, ter } from '@headwise/core/metrics';

/** Scores of one metric of texts that were split into words, or into characters. */
interface ByTokens {
  readonly word: number;
  readonly character: number;
}

/** Spearman's rank correlations of a metric with the judges' scores, over texts. */
interface WithHumans {
  readonly adequacy: number;
  readonly fluency: number;
}

/** A translation with the scores that its judge gave it, from 0 to 100. */
export interface JudgedLine {
  readonly sentence: number;
  readonly system: string;
  readonly reference: string;
  readonly output: string;
  readonly adequacy: number;
  readonly fluency: number;
  /** The published scores: those of a row with the same human scores, and the same BLEU and TER as here; null if there is none. */
  readonly published: PublishedScores | null;
}

export interface PublishedScores {
  readonly bleu: number;
  readonly chrf: number;
  readonly ter: number;
}

/**
 * What Kim & Kim, "Vacillating Human Correlation of SacreBLEU in Unprotected Languages" (HumEval 2022), have published about four systems that
 * translate news from English into Korean. Made by make-published.ts.
 */
export interface Published {
  readonly source: string;
  readonly commit: string;
  readonly licence: string;
  /** Corpus scores, and the mean of the judges' scores after standardisation by judge. */
  readonly systems: readonly {
    readonly system: string;
    readonly human: number;
    readonly bleu: ByTokens;
    readonly chrf: ByTokens;
    readonly ter: ByTokens;
  }[];
  readonly segments: {
    readonly count: number;
    /** Those without the rows in which both human scores are 0. */
    readonly rated: number;
    /** By tokenizer; of the rated ones. */
    readonly correlations: readonly {
      readonly tokens: string;
      readonly bleu: WithHumans;
      readonly chrf: WithHumans;
      readonly ter: WithHumans;
    }[];
  };
  readonly lines: readonly JudgedLine[];
}

export const readPublished = (): Published =>
  JSON.parse(readFileSync(new URL('published.json', import.meta.url), 'utf8')) as Published;

/**
 * The scores of a text with the settings that reproduce the published ones: BLEU of single words at white space, chrF of one to three characters,
 * TER of at most 100.
 */
export function scoresAsPublished(output: string, reference: string): PublishedScores {
  return {
    bleu: sentenceBleu(output, reference, { maxNgramOrder: 1, tokenize: 'none' }).score,
    chrf: chrf([output], [reference], { charOrder: 3 }).score,
    ter: Math.min(100, ter([output], [reference]).score),
  };
}

export const isEqual = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
