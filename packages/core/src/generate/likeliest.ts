import { DecodeStream, type Tokenizer } from '../text/index.ts';
import { expNegative, largestIndices, logSumExp } from './probability.ts';
import type { TokenProbability } from './result.ts';

/**
 * The `count` likeliest tokens by their logits, likeliest first. `textOf` tells what a token would add to the text.
 */
export function likeliestTokens(
  tokenizer: Tokenizer,
  logits: Float32Array,
  count: number,
  textOf: (id: number) => string,
  total: number = logSumExp(logits),
): TokenProbability[] {
  return largestIndices(logits, count).map((id) => {
    const logProbability = logits[id]! - total;
    return {
      id,
      token: tokenizer.idToToken(id) ?? '',
      text: textOf(id),
      probability: expNegative(logProbability),
      logProbability,
    };
  });
}

/** What a token would add to a text of these tokens. */
export function addedTo(tokenizer: Tokenizer, prefix: ArrayLike<number>): (id: number) => string {
  const stream = new DecodeStream(tokenizer, { prefix });
  return (id) => stream.peek(id);
}
