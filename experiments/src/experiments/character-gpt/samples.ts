import type { CausalLM } from '@headwise/core';
import { mean } from '../../lab/statistics.ts';

export interface Sample {
  readonly text: string;
  /** Mean logarithm to base 2 of the characters' probabilities under the model at temperature 1, the end included. */
  readonly logProbability: number;
}

/** Texts from the beginning, sampled at a temperature. */
export async function sample(
  model: CausalLM,
  count: number,
  temperature: number,
  maxNewTokens: number,
  seed: number,
): Promise<Sample[]> {
  const prompts = Array.from({ length: count }, () => '');
  const generations = await model.generate(prompts, {
    temperature,
    topK: 0,
    topP: 1,
    seed,
    maxNewTokens,
    logProbs: true,
  });
  return generations.map(({ text, tokens }) => ({
    text,
    logProbability:
      tokens.reduce((sum, { logProbability }) => sum + logProbability!, 0) / tokens.length / Math.LN2,
  }));
}

/** Words of a text: letters, with apostrophes between them. In Korean with their particles. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)*/gu) ?? [];

/** Fraction of the n-grams of characters that have occurred in the same text before. 0 for texts shorter than n. */
export function repetition(text: string, n = 4): number {
  const characters = [...text];
  const grams = characters.slice(0, Math.max(0, characters.length - n + 1));
  const distinct = new Set(grams.map((_, i) => characters.slice(i, i + n).join('')));
  return grams.length === 0 ? 0 : 1 - distinct.size / grams.length;
}

/** Length of the longest part of a text that a corpus contains. */
export function longestCopy(text: string, corpus: string): number {
  let longest = 0;
  // A part at a later place counts only if it is longer than the longest before.
  for (let from = 0; from + longest < text.length; from++)
    while (from + longest < text.length && corpus.includes(text.slice(from, from + longest + 1))) longest++;
  return longest;
}

/** What samples of a temperature are like, beside held-out texts. */
export interface SampleMeasures {
  readonly count: number;
  /** Characters of a text. */
  readonly length: number;
  /** In bits per character under the model; null for texts that are not its samples. */
  readonly logProbability: number | null;
  /** Of n-grams of 4 characters within a text; the mean of the texts. */
  readonly repetition: number;
  /** Fraction of words that the training texts have. */
  readonly realWords: number;
  /** Fraction of different texts among all. */
  readonly distinct: number;
  /** Fraction of texts that are training texts as a whole. */
  readonly copies: number;
  /** Characters of the longest part that the training texts have: the median of the texts, and the most. */
  readonly longestCopy: { readonly median: number; readonly most: number };
}

/** The training texts, as measures need them. */
export class Known {
  readonly words: ReadonlySet<string>;
  readonly texts: ReadonlySet<string>;
  readonly joined: string;

  constructor(texts: readonly string[]) {
    this.words = new Set(texts.flatMap(wordsOf));
    this.texts = new Set(texts);
    this.joined = texts.join('\n');
  }
}

export function measure(
  texts: readonly string[],
  known: Known,
  logProbability: number | null,
): SampleMeasures {
  const words = texts.flatMap(wordsOf);
  const copied = texts.map((text) => longestCopy(text, known.joined)).sort((a, b) => a - b);
  return {
    count: texts.length,
    length: mean(texts.map((text) => [...text].length)),
    logProbability,
    repetition: mean(texts.map((text) => repetition(text))),
    realWords: words.filter((word) => known.words.has(word)).length / Math.max(1, words.length),
    distinct: new Set(texts).size / texts.length,
    copies: texts.filter((text) => known.texts.has(text)).length / texts.length,
    longestCopy: { median: copied[Math.floor(copied.length / 2)]!, most: copied.at(-1)! },
  };
}
