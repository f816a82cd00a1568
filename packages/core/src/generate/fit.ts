import { ContextLengthError } from '../errors.ts';
import type { Tokenizer } from '../text/index.ts';

/**
 * A prompt that leaves room for at least one more token. One that is too long is cut where `side` says, so that `wanted` tokens find room
 * or, if that is less, half of the context; a special token that it begins with stays.
 *
 * Throws `ContextLengthError` if it is too long and `side` is not given.
 */
export function fitPrompt(
  task: string,
  ids: Int32Array,
  contextLength: number,
  side: 'left' | 'right' | undefined,
  wanted: number,
  tokenizer: Tokenizer,
): Int32Array {
  if (ids.length < contextLength) return ids;
  if (side === undefined) {
    throw new ContextLengthError(
      `${task}: the prompt has ${ids.length} tokens, the model reads ${contextLength} with what it generates; truncatePrompt: 'left' would leave out the beginning`,
      ids.length,
      contextLength,
    );
  }
  const room = contextLength - Math.min(Math.max(1, wanted), Math.ceil(contextLength / 2));
  return cut(ids, room, side, tokenizer);
}

/** A source text of at most `most` tokens; throws `ContextLengthError` if it has more and `side` is not given. */
export function fitSource(
  task: string,
  ids: Int32Array,
  most: number,
  side: 'left' | 'right' | undefined,
  tokenizer: Tokenizer,
): Int32Array {
  if (ids.length <= most) return ids;
  if (side !== undefined) return cut(ids, most, side, tokenizer);
  throw new ContextLengthError(
    `${task}: the text has ${ids.length} tokens, the model reads ${most}; truncatePrompt: 'right' would leave out the end`,
    ids.length,
    most,
  );
}

/** Leaves tokens out, but neither a special token at the beginning nor one at the end. */
function cut(ids: Int32Array, most: number, side: 'left' | 'right', tokenizer: Tokenizer): Int32Array {
  const from = tokenizer.isSpecial(ids[0]!) ? 1 : 0;
  const to = ids.length - (tokenizer.isSpecial(ids.at(-1)!) ? 1 : 0);
  const keep = most - from - (ids.length - to);
  if (keep < 1) return ids.slice(-most);
  const middle = side === 'left' ? ids.subarray(to - keep, to) : ids.subarray(from, from + keep);
  return Int32Array.from([...ids.subarray(0, from), ...middle, ...ids.subarray(to)]);
}
