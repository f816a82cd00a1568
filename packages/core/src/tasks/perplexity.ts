import { logSumExp } from '../generate/logits/probability.ts';
import type { TokenProbability } from '../generate/logits/top-of-row.ts';
import { tokenTextAfter, topTokens } from '../generate/logits/top-tokens.ts';
import type { Hooks } from '../hooks/hooks.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

export interface PerplexityOptions {
  /** Number of most probable tokens to return for each position. Default: 0. */
  topLogProbs?: number;
  hooks?: Hooks;
  signal?: AbortSignal;
}

/** A token of a given text and its log-probability under the model. */
export interface ScoredToken {
  readonly id: number;
  /** Spelling in the vocabulary. */
  readonly token: string;
  /** Natural logarithm of its probability given all tokens before it. */
  readonly logProbability: number;
  /** With `topLogProbs`: the most probable tokens at its position. */
  readonly top?: readonly TokenProbability[];
}

/** Perplexity of a text under a model. */
export interface Perplexity {
  /** e^loss. */
  readonly perplexity: number;
  /** Mean negative log-probability per token: cross-entropy in nats. */
  readonly loss: number;
  /** The scored tokens: all but the first decoder input. */
  readonly tokens: readonly ScoredToken[];
}

/** Scores token `id` with the next-token logits after `prefix`. */
export function scoreToken(
  tokenizer: Tokenizer,
  prefix: Int32Array,
  logits: Float32Array,
  id: number,
  topLogProbs: number,
): ScoredToken {
  const total = logSumExp(logits);
  return {
    id,
    token: tokenizer.idToToken(id) ?? '',
    logProbability: logits[id]! - total,
    ...(topLogProbs > 0 && {
      top: topTokens(tokenizer, logits, topLogProbs, tokenTextAfter(tokenizer, prefix), total),
    }),
  };
}

export function perplexityOf(tokens: readonly ScoredToken[]): Perplexity {
  const loss = -tokens.reduce((sum, { logProbability }) => sum + logProbability, 0) / tokens.length;
  return { perplexity: Math.exp(loss), loss, tokens };
}
