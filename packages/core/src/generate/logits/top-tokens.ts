import { DecodeStream, type Tokenizer } from '../../text/index.ts';
import { expNegative, logSumExp, topKIndices } from './probability.ts';

/** A token and how likely it is, by the model alone: before penalties, temperature and the like. */
export interface TokenProbability {
  readonly id: number;
  /** As the vocabulary spells it. */
  readonly token: string;
  /** What it would add to the text. */
  readonly text: string;
  readonly probability: number;
  /** Its natural logarithm. */
  readonly logProbability: number;
}

/**
 * The `count` likeliest tokens by their logits, likeliest first. `textOf` tells what a token would add to the text.
 */
export function topTokens(
  tokenizer: Tokenizer,
  logits: Float32Array,
  count: number,
  textOf: (id: number) => string,
  total: number = logSumExp(logits),
): TokenProbability[] {
  return topKIndices(logits, count).map((id) => {
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
export function tokenTextAfter(tokenizer: Tokenizer, prefix: ArrayLike<number>): (id: number) => string {
  const stream = new DecodeStream(tokenizer, { prefix });
  return (id) => stream.peek(id);
}
