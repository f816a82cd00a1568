import type { Activation } from '../hooks/hooks.ts';
import type { TokenProbability } from './logits/top-tokens.ts';

/** The attention weights that produced a token. */
export interface TokenAlignment {
  /** `[layers, heads, source]`, row-major: how much each head attended to each source token, or to each token before it. */
  readonly data: Float32Array;
  readonly shape: readonly [layers: number, heads: number, source: number];
}

/** A token that was generated. */
export interface GeneratedToken {
  readonly id: number;
  /** As the vocabulary spells it. */
  readonly token: string;
  /** What it added to the text: nothing if it is special, or the beginning of a character that the next tokens complete. */
  readonly text: string;
  /** The natural logarithm of its probability by the model alone: before penalties, temperature and the like. */
  readonly logProbability: number;
  /** The likeliest tokens in its place, likeliest first, if `topLogProbs` asked for them. */
  readonly top?: readonly TokenProbability[];
  /** If `alignments` asked for it. */
  readonly alignment?: TokenAlignment;
  /** If `record` asked for them. */
  readonly activations?: ReadonlyMap<string, Activation>;
}

/**
 * Why a text ended: `stop` by an end-of-sequence token, a stop token or a stop string; `length` after `maxNewTokens`; `context` because
 * the model reads no more.
 */
export type FinishReason = 'stop' | 'length' | 'context';

/** A text that was generated. */
export interface Generation {
  /** What comes after the prompt, without special tokens and without the stop string. */
  readonly text: string;
  /** All tokens generated, with the one that ended the text. */
  readonly ids: Int32Array;
  readonly tokens: readonly GeneratedToken[];
  readonly finishReason: FinishReason;
  /** The token or string that ended it, if one did. */
  readonly stoppedBy?: number | string;
  /** What the model read: the prompt, or the source text of an encoder–decoder. */
  readonly promptIds: Int32Array;
  /** How many of the prompt's tokens were not computed for it, because an earlier call, or another prompt, had begun with the same. */
  readonly cachedTokens: number;
  /** Of a drawn text: what draws it again. */
  readonly seed?: number;
  /** Of a beam search: sum of its log-probabilities, after processors, divided by its length to the power of `lengthPenalty`. */
  readonly score?: number;
  /** The other texts, if `numReturnSequences` asked for more than one. */
  readonly alternatives?: readonly Generation[];
}

/** A piece of a text that is being generated. */
export interface GeneratedPiece {
  /** Whole characters. */
  readonly text: string;
  /** The tokens that it was made of; the last ones of a text may come with an empty piece. */
  readonly tokens: readonly GeneratedToken[];
}
