import { ConfigError, ContextLengthError } from '../../errors.ts';
import type { Generator } from '../../generate/generator.ts';
import type { Prompt } from '../../generate/options.ts';
import { scoreText } from '../../generate/scheduler/prefill.ts';
import { commonPrefix } from '../../generate/scheduler/sequence.ts';
import type { Tokenizer } from '../../text/index.ts';
import { requireCount } from '../inputs.ts';
import {
  forcedToken,
  type Perplexity,
  type PerplexityOptions,
  perplexityOf,
  type ScoredToken,
} from '../perplexity.ts';

export interface CausalPerplexityOptions extends PerplexityOptions {
  /** What stands before the text: it is read, but not counted. */
  prompt?: Prompt;
  /**
   * For a text that is longer than the model reads: it is read in windows of that length, each going so many tokens further than the one
   * before and counting only those. Without it such a text is refused with `ContextLengthError`.
   */
  stride?: number;
}

/** What the tasks of a decoder work with. */
export interface CausalParts {
  readonly generator: Generator;
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  /** The ids of a prompt, as the model reads it. */
  readonly encode: (task: string, prompt: Prompt) => Int32Array;
}

export async function causalPerplexity(
  parts: CausalParts,
  text: Prompt,
  options: CausalPerplexityOptions,
): Promise<Perplexity> {
  const { generator, tokenizer, contextLength } = parts;
  const { topLogProbs = 0, stride, hooks, signal } = options;
  if (stride !== undefined) requireCount('perplexity', 'stride', stride);
  const { ids, counted } = idsOf(parts, text, options.prompt);
  if (ids.length <= counted) throw new ConfigError('perplexity: the text has no token after the first');
  const windows = windowsOf(ids.length, counted, contextLength, stride);
  const capacity = Math.min(ids.length, contextLength);
  return generator.exclusive(signal, capacity, async (held) => {
    const tokens: ScoredToken[] = [];
    for (const { begin, from, end } of windows) {
      const read = { ids: ids.slice(begin, end) };
      await scoreText(held, read, { ...(hooks && { hooks }), ...(signal && { signal }) }, (i, logits) => {
        const next = begin + i + 1;
        if (next >= from && next < end)
          tokens.push(forcedToken(tokenizer, ids.subarray(0, next), logits, ids[next]!, topLogProbs));
      });
    }
    return perplexityOf(tokens);
  });
}

/** All ids, and the index of the first one that counts. */
function idsOf(
  { encode }: CausalParts,
  text: Prompt,
  prompt: Prompt | undefined,
): { ids: Int32Array; counted: number } {
  if (prompt === undefined) return { ids: encode('perplexity', text), counted: 1 };
  const before = encode('perplexity', prompt);
  if (typeof text === 'string' && typeof prompt === 'string') {
    // Where the two are joined, tokens may come of both: such ones count.
    const ids = encode('perplexity', prompt + text);
    return { ids, counted: Math.max(1, commonPrefix(before, ids)) };
  }
  if (typeof text === 'string' || typeof prompt === 'string')
    throw new ConfigError('perplexity: prompt and text must both be strings or both be ids');
  return { ids: Int32Array.from([...before, ...text]), counted: before.length };
}

/** The parts of a text that are read together, `begin` to `end`, and from where on their tokens count. */
function windowsOf(
  length: number,
  counted: number,
  contextLength: number,
  stride: number | undefined,
): { begin: number; from: number; end: number }[] {
  if (length <= contextLength) return [{ begin: 0, from: counted, end: length }];
  if (stride === undefined || stride >= contextLength) {
    throw new ContextLengthError(
      `perplexity: the text has ${length} tokens, the model reads ${contextLength}; a stride of less than that reads it in windows`,
      length,
      contextLength,
    );
  }
  const windows: { begin: number; from: number; end: number }[] = [];
  for (let end = contextLength, from = counted; ; end = Math.min(end + stride, length)) {
    if (end > from) windows.push({ begin: end - contextLength, from, end });
    from = Math.max(from, end);
    if (end === length) return windows;
  }
}
