import type { GenerateResult } from '../protocol.ts';

/** Tokens of a request, in OpenAI's shape. */
export function usageOf({ promptTokens, completionTokens, cachedTokens }: GenerateResult) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
