import type { LogitsRow } from '../../engine/logits-row.ts';
import { DecodeStream } from '../../text/stream-decode.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { expNegative, logSumExp, topKIndices } from './probability.ts';

/** A token and its probability under the model, before logits processors and temperature. */
export interface TokenProbability {
  readonly id: number;
  /** Spelling in the vocabulary. */
  readonly token: string;
  /** Text that it would add. */
  readonly text: string;
  readonly probability: number;
  /** Natural logarithm of `probability`. */
  readonly logProbability: number;
}

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

/** {@link topTokens} of a row of logits in an engine. */
export function topOfRow(
  tokenizer: Tokenizer,
  row: LogitsRow,
  count: number,
  textOf: (id: number) => string,
  total: number,
): TokenProbability[] {
  const { indices, values } = row.topK(Math.min(count, row.size));
  return Array.from(indices, (id, i) => tokenOf(tokenizer, id, textOf(id), values[i]! - total));
}

function tokenOf(tokenizer: Tokenizer, id: number, text: string, logProbability: number): TokenProbability {
  return {
    id,
    token: tokenizer.idToToken(id) ?? '',
    text,
    probability: expNegative(logProbability),
    logProbability,
  };
}

/** Returns a function that computes the text which a token would add after `prefix`. */
export function tokenTextAfter(tokenizer: Tokenizer, prefix: ArrayLike<number>): (id: number) => string {
  const stream = new DecodeStream(tokenizer, { prefix });
  return (id) => stream.peek(id);
}
