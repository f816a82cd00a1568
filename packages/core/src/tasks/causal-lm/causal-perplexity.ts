import { ConfigError, ContextLengthError } from '../../errors.ts';
import type { Generator } from '../../generate/generator.ts';
import type { Prompt } from '../../generate/options.ts';
import { scoreText } from '../../generate/scheduler/prefill.ts';
import { commonPrefix } from '../../generate/scheduler/sequence.ts';
import { requireCount } from '../inputs.ts';
import {
  type Perplexity,
  type PerplexityOptions,
  perplexityOf,
  type ScoredToken,
  scoreToken,
} from '../perplexity.ts';

export interface CausalPerplexityOptions extends PerplexityOptions {
  /** Context before the text, which is not scored. */
  prompt?: Prompt;
  /**
   * For a text longer than the context: it is scored in windows of the context length that advance by `stride` tokens, each window scoring
   * only its new tokens. Default: none, such a text is a `ContextLengthError`.
   */
  stride?: number;
}

type Encode = (prompt: Prompt) => Int32Array;

/** Implements {@link CausalLM.perplexity}. */
export async function causalPerplexity(
  generator: Generator,
  encode: Encode,
  text: Prompt,
  options: CausalPerplexityOptions,
): Promise<Perplexity> {
  const { tokenizer, contextLength } = generator;
  const { topLogProbs = 0, stride, hooks, signal } = options;
  if (stride !== undefined) requireCount('perplexity', 'stride', stride);
  const { ids, firstScored } = joinPrompt(encode, text, options.prompt);
  if (ids.length <= firstScored) throw new ConfigError('perplexity: the text has no token after the first');
  const windows = planWindows(ids.length, firstScored, contextLength, stride);
  const capacity = Math.min(ids.length, contextLength);
  return generator.exclusive(signal, capacity, async (session) => {
    const tokens: ScoredToken[] = [];
    for (const { begin, from, end } of windows) {
      const window = { ids: ids.slice(begin, end) };
      await scoreText(
        session,
        window,
        { ...(hooks && { hooks }), ...(signal && { signal }) },
        (i, logits) => {
          const next = begin + i + 1;
          if (next >= from && next < end)
            tokens.push(scoreToken(tokenizer, ids.subarray(0, next), logits, ids[next]!, topLogProbs));
        },
      );
    }
    return perplexityOf(tokens);
  });
}

/** Ids of prompt and text, and the index of the first scored one. */
function joinPrompt(
  encode: Encode,
  text: Prompt,
  prompt: Prompt | undefined,
): { ids: Int32Array; firstScored: number } {
  if (prompt === undefined) return { ids: encode(text), firstScored: 1 };
  const before = encode(prompt);
  if (typeof text === 'string' && typeof prompt === 'string') {
    // A token may span the boundary: it is scored.
    const ids = encode(prompt + text);
    return { ids, firstScored: Math.max(1, commonPrefix(before, ids)) };
  }
  if (typeof text === 'string' || typeof prompt === 'string')
    throw new ConfigError('perplexity: prompt and text must both be strings or both be ids');
  return { ids: Int32Array.from([...before, ...text]), firstScored: before.length };
}

/** Windows `begin` to `end` of a text, and the index `from` of the first token that each scores. */
function planWindows(
  length: number,
  firstScored: number,
  contextLength: number,
  stride: number | undefined,
): { begin: number; from: number; end: number }[] {
  if (length <= contextLength) return [{ begin: 0, from: firstScored, end: length }];
  if (stride === undefined || stride >= contextLength) {
    throw new ContextLengthError(
      `perplexity: the text has ${length} tokens, the model reads ${contextLength}; pass a stride below that to score it in windows`,
      length,
      contextLength,
    );
  }
  const windows: { begin: number; from: number; end: number }[] = [];
  for (let end = contextLength, from = firstScored; ; end = Math.min(end + stride, length)) {
    if (end > from) windows.push({ begin: end - contextLength, from, end });
    from = Math.max(from, end);
    if (end === length) return windows;
  }
}
