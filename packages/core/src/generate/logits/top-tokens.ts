import { DecodeStream } from '../../text/stream-decode.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { logSumExp, topKIndices } from './probability.ts';
import { type TokenProbability, tokenOf } from './top-of-row.ts';

/** The `count` most probable tokens, in descending order. `textOf` returns the text that a token would add; `total` is logSumExp(logits). */
export function topTokens(
  tokenizer: Tokenizer,
  logits: Float32Array,
  count: number,
  textOf: (id: number) => string,
  total: number = logSumExp(logits),
): TokenProbability[] {
  return topKIndices(logits, count).map((id) => tokenOf(tokenizer, id, textOf(id), logits[id]! - total));
}

/** Returns a function that computes the text which a token would add after `prefix`. */
export function tokenTextAfter(tokenizer: Tokenizer, prefix: ArrayLike<number>): (id: number) => string {
  const stream = new DecodeStream(tokenizer, { prefix });
  return (id) => stream.peek(id);
}
