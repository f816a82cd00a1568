import type { Activation } from '../hooks/hooks.ts';
import type { TokenProbability } from './logits/top-of-row.ts';

/** Attention weights of the forward pass that produced a token. */
export interface TokenAlignment {
  /** `[layers, heads, source]`, row-major: weights of the source tokens (encoder–decoder) or of the preceding tokens (decoder). */
  readonly data: Float32Array;
  readonly shape: readonly [layers: number, heads: number, source: number];
}

/** A generated token. */
export interface GeneratedToken {
  readonly id: number;
  /** Spelling in the vocabulary. */
  readonly token: string;
  /** Text that it added: empty for a skipped special token and for the first bytes of a character that the next tokens complete. */
  readonly text: string;
  /** With `logProbs` or `topLogProbs`: natural logarithm of its probability under the model, before logits processors and temperature. */
  readonly logProbability?: number;
  /** With `topLogProbs`: the most probable tokens at its position, most probable first. */
  readonly top?: readonly TokenProbability[];
  /** With `alignments`. */
  readonly alignment?: TokenAlignment;
  /** With `record`. */
  readonly activations?: ReadonlyMap<string, Activation>;
}

/**
 * Why generation ended: `stop` at an end-of-sequence token, stop token or stop string, `length` after `maxNewTokens`, `context` at the end
 * of the model's context.
 */
export type FinishReason = 'stop' | 'length' | 'context';

/** A generated text. */
export interface Generation {
  /** Text after the prompt, without special tokens and without the stop string. */
  readonly text: string;
  /** All generated tokens, including the one that ended the text. */
  readonly ids: Int32Array;
  readonly tokens: readonly GeneratedToken[];
  readonly finishReason: FinishReason;
  /** Token id or string that ended it, if `finishReason` is `stop`. */
  readonly stoppedBy?: number | string;
  /** Ids of the prompt or, for an encoder–decoder, of the source text. */
  readonly promptIds: Int32Array;
  /** Number of prompt tokens that were taken from the key-value cache of an earlier call or of another prompt. */
  readonly cachedTokens: number;
  /** Of a sampled text: seed that reproduces it. */
  readonly seed?: number;
  /** With beam search: sum of log-probabilities after logits processors, divided by length ** `lengthPenalty`. */
  readonly score?: number;
  /** With `numReturnSequences` above 1: the other texts. */
  readonly alternatives?: readonly Generation[];
}

/** A piece of a streamed text. */
export interface GeneratedPiece {
  /** Complete characters (grapheme clusters). */
  readonly text: string;
  /** Tokens whose text it completes. The last piece of a text may be empty and have tokens without text. */
  readonly tokens: readonly GeneratedToken[];
}
