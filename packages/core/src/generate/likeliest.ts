import type { Tokenizer } from '../text/index.ts';
import { expNegative, largestIndices, logSumExp } from './probability.ts';
import type { TokenProbability } from './result.ts';

/**
 * The `count` likeliest tokens by their logits, likeliest first. `textOf` tells what a token would add to the text; without it each reads
 * as if it were alone.
 */
export function likeliestTokens(
  tokenizer: Tokenizer,
  logits: Float32Array,
  count: number,
  textOf: (id: number) => string = (id) => tokenizer.decode([id], { skipSpecialTokens: false }),
  total = logSumExp(logits),
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
