import { logSumExp } from '../generate/logits/probability.ts';
import type { TokenProbability } from '../generate/logits/top-tokens.ts';
import { tokenTextAfter, topTokens } from '../generate/logits/top-tokens.ts';
import type { Hooks } from '../hooks/hooks.ts';
import type { Tokenizer } from '../text/index.ts';

export interface PerplexityOptions {
  /** For each token, how many of the likeliest ones in its place to tell. Default: 0. */
  topLogProbs?: number;
  hooks?: Hooks;
  signal?: AbortSignal;
}

/** A token of a given text, and how likely the model held it. */
export interface ScoredToken {
  readonly id: number;
  /** As the vocabulary spells it. */
  readonly token: string;
  /** Natural logarithm of its probability after all tokens before it. */
  readonly logProbability: number;
  /** The likeliest tokens in its place, if they were asked for. */
  readonly top?: readonly TokenProbability[];
}

/** How well a model foresees a text. */
export interface Perplexity {
  /** e^loss: between so many equally likely tokens it seems to choose. */
  readonly perplexity: number;
  /** Mean of the negative log-probabilities: the cross-entropy in nats for each token. */
  readonly loss: number;
  /** The tokens that were foreseen: all but the first one read. */
  readonly tokens: readonly ScoredToken[];
}

/** What a model held of a token, by the logits of what follows the `prefix`. */
export function forcedToken(
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
