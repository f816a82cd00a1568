import type { LogitsRow } from '../../engine/logits-row.ts';
import { HeadwiseError } from '../../errors.ts';

/** ln Σ e^x of a row whose largest logit is `largest`, see `Backend.sumExp`: a logit minus this is its log-probability (error ≤ 1.3e-7 + that of the logits). */
export function logSumExpOf(row: LogitsRow, largest: number): number {
  return largest + Math.log(row.sumExp(largest));
}

/** The error for logits of which one is NaN or +∞, or none is finite: `largest` is the largest, NaN before any number. */
export function notFinite(largest: number): HeadwiseError {
  return new HeadwiseError(
    'ERR_NUMERIC',
    `generate: logits must be finite, got a maximum of ${largest}; check the weights, hooks and dtype of the model`,
  );
}

/** The error for scores after logits processors of which none can be chosen. */
export function noToken(largest: number): HeadwiseError {
  return new HeadwiseError(
    'ERR_NUMERIC',
    largest === -Infinity
      ? 'generate: all tokens are forbidden; check suppressTokens, badWordsIds, logitBias and logitsProcessors'
      : `generate: logits processors must give scores that are neither NaN nor, when sampling, +∞, got ${largest}`,
  );
}
