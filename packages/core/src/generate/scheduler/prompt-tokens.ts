import type { CachedSession } from './session-cache.ts';

/** Most tokens of prompts in one forward pass. More are not faster. */
const PROMPT_TOKENS = 512;
/** The same where only the end of a pass lets an abort in: the calling thread computes. It takes 1 to 3 % longer. */
const INTERRUPTIBLE_TOKENS = 128;

/** Most tokens of prompts in one forward pass of a call with this signal. */
export function promptTokens({ yielder }: CachedSession, signal: AbortSignal | undefined): number {
  return signal && yielder.blocking ? INTERRUPTIBLE_TOKENS : PROMPT_TOKENS;
}
