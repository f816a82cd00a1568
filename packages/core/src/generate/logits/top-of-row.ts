import type { LogitsRow } from '../../engine/logits-row.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { expNegative } from './exp-negative.ts';

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

/** The `count` most probable tokens, in descending order. `textOf` returns the text that a token would add; `total` is the log-sum-exp of the row. */
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

/** A token with this log-probability. */
export function tokenOf(
  tokenizer: Tokenizer,
  id: number,
  text: string,
  logProbability: number,
): TokenProbability {
  return {
    id,
    token: tokenizer.idToToken(id) ?? '',
    text,
    probability: expNegative(logProbability),
    logProbability,
  };
}
