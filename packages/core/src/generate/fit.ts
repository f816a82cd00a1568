import { ContextLengthError } from '../errors.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/**
 * Checks that the context has room for a prompt and at least one new token. A longer prompt is truncated on `side`, to leave room for
 * `newTokens` tokens but at most half of the context; a special token at its beginning or end is kept.
 *
 * Throws `ContextLengthError` if the prompt is too long and `side` is undefined.
 */
export function truncatePrompt(
  task: string,
  ids: Int32Array,
  contextLength: number,
  side: 'left' | 'right' | undefined,
  newTokens: number,
  tokenizer: Tokenizer,
): Int32Array {
  if (ids.length < contextLength) return ids;
  if (side === undefined) {
    throw new ContextLengthError(
      `${task}: the prompt has ${ids.length} tokens, the model reads ${contextLength} including new tokens; truncatePrompt: 'left' cuts its beginning`,
      ids.length,
      contextLength,
    );
  }
  const maxLength = contextLength - Math.min(Math.max(1, newTokens), Math.ceil(contextLength / 2));
  return truncate(ids, maxLength, side, tokenizer);
}

/** Truncates a source text to `maxLength` tokens. Throws `ContextLengthError` if it is longer and `side` is undefined. */
export function truncateSource(
  task: string,
  ids: Int32Array,
  maxLength: number,
  side: 'left' | 'right' | undefined,
  tokenizer: Tokenizer,
): Int32Array {
  if (ids.length <= maxLength) return ids;
  if (side !== undefined) return truncate(ids, maxLength, side, tokenizer);
  throw new ContextLengthError(
    `${task}: the text has ${ids.length} tokens, the model reads ${maxLength}; truncatePrompt: 'right' cuts its end`,
    ids.length,
    maxLength,
  );
}

/** Removes tokens on one side, but neither a special token at the beginning nor one at the end. */
function truncate(
  ids: Int32Array,
  maxLength: number,
  side: 'left' | 'right',
  tokenizer: Tokenizer,
): Int32Array {
  const from = tokenizer.isSpecial(ids[0]!) ? 1 : 0;
  const to = ids.length - (tokenizer.isSpecial(ids.at(-1)!) ? 1 : 0);
  const keep = maxLength - from - (ids.length - to);
  if (keep < 1) return ids.slice(-maxLength);
  const middle = side === 'left' ? ids.subarray(to - keep, to) : ids.subarray(from, from + keep);
  return Int32Array.from([...ids.subarray(0, from), ...middle, ...ids.subarray(to)]);
}
