import { ShapeError } from '../errors.ts';
import { checkNumbers, checkText } from './checks.ts';
import { characters } from './text.ts';

/**
 * Perplexity of a text under a language model, at least 1: PPL = exp(−Σ ln p(tokenᵢ | tokens before) / N). 1 is best; a model that gives V
 * tokens the same probability has V.
 *
 * Misleads: N depends on the tokenizer, so that models with other tokenizers cannot be compared ({@link bitsPerCharacter}). It depends on the
 * context that each token has: a text scored in pieces is worse. A low value says that the text is predictable, not that it is good.
 *
 * @param logProbabilities natural logarithms, one for each scored token, such as `logProbability` of `CausalLM.perplexity`'s tokens
 * @throws ShapeError if the list is empty
 */
export function perplexity(logProbabilities: ArrayLike<number>): number {
  return Math.exp(-sumOf('perplexity', logProbabilities) / logProbabilities.length);
}

/**
 * Bits per character of a text under a language model, at least 0: BPC = −Σ ln p(tokenᵢ | tokens before) / (ln 2 · characters). 0 is best.
 * Comparable between models with different tokenizers, on the same text.
 *
 * Misleads: characters are code points, which carry different amounts of text: a syllable of Hangul, a letter of Latin. Do not compare
 * languages. The log-probabilities must cover all characters: without a begin-of-sequence token the first token has none, and its characters
 * have to be left out of the text.
 *
 * @param logProbabilities natural logarithms, one for each token of the text
 * @param text the text that those tokens spell
 * @throws ShapeError if the list or the text is empty
 */
export function bitsPerCharacter(logProbabilities: ArrayLike<number>, text: string): number {
  checkText('bitsPerCharacter', 'the text', text);
  const count = characters(text).length;
  if (count === 0)
    throw new ShapeError('bitsPerCharacter: expected a text that is not empty, got an empty one');
  return -sumOf('bitsPerCharacter', logProbabilities) / Math.LN2 / count;
}

function sumOf(metric: string, values: ArrayLike<number>): number {
  checkNumbers(metric, 'the log-probabilities', values);
  if (values.length === 0) throw new ShapeError(`${metric}: expected at least one log-probability, got none`);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
