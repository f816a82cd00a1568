import type { Hooks } from '../hooks/hooks.ts';
import { addOtherNames, type OptionNames } from '../options.ts';
import type { LogitsProcessor } from './logits/processors.ts';
import type { GeneratedToken } from './result.ts';

/** A prompt: a text to tokenize, or token ids that are used unchanged. */
export type Prompt = string | Int32Array;

/** Options that end a text. */
export interface StoppingOptions {
  /**
   * Maximum number of tokens to generate, limited by the model's context. Default: `max_new_tokens` of generation_config.json, else its
   * `max_length` minus the prompt length, else 256.
   */
  maxNewTokens?: number;
  /** Minimum number of tokens to generate before an end-of-sequence or stop token is allowed. Default: 0. */
  minNewTokens?: number;
  /** Like `minNewTokens`, but counts the prompt (encoder–decoder: the decoder's start token) too. Default: 0. */
  minLength?: number;
  /** Ids that end the text in addition to the end-of-sequence tokens. Not part of the text. */
  stopTokens?: readonly number[];
  /**
   * Strings that end the text, also across token boundaries; special tokens match by their spelling, also where the text leaves them out. Not part
   * of the text. Default: `stop_strings` of the model's files.
   */
  stopStrings?: readonly string[];
  /** Replaces the model's end-of-sequence tokens; null for none. */
  eosTokenId?: number | readonly number[] | null;
}

/** Options for choosing the next token. */
export interface SamplingOptions {
  /**
   * `true` samples tokens by their probabilities, `false` takes the most probable token (greedy search, or beam search with `numBeams`).
   * Default: true if `temperature`, `topK`, `topP` or `minP` is given and `temperature` is not 0, else `do_sample` of the model's files,
   * else false. `false` together with one of these options (other than `temperature: 0`) is a `ConfigError`.
   */
  doSample?: boolean;
  /**
   * Divides the logits before sampling: below 1 the distribution gets sharper, above 1 flatter. 0 is greedy search, whatever the other
   * sampling options are. At least 0. Default: 1.
   */
  temperature?: number;
  /** Samples from the `topK` most probable tokens; 0 for all. Default: 50, as in Hugging Face Transformers. */
  topK?: number;
  /** Nucleus sampling: samples from the most probable tokens whose probabilities add up to `topP`, in (0, 1]. Default: 1, all. */
  topP?: number;
  /** Samples from tokens with at least `minP` times the probability of the most probable one, in [0, 1]. Default: 0, all. */
  minP?: number;
  /** Seed of sampling, 0 to 2³² − 1: the same seed gives the same tokens. Default: random, see `Generation.seed`. */
  seed?: number;
  /** Makes tokens that occurred before less probable (above 1) or more probable (below 1). Default: 1. */
  repetitionPenalty?: number;
  /** N-grams of this size occur at most once; 0 for no limit. Default: 0. */
  noRepeatNgramSize?: number;
  /** Values added to logits, by token id; `-Infinity` forbids a token. */
  logitBias?: Readonly<Record<number, number>>;
  /** Token sequences that must not be generated. */
  badWordsIds?: readonly (readonly number[])[];
  /** Tokens that must not be generated. */
  suppressTokens?: readonly number[];
  /** First token to generate, for example the token of a target language; null for none. Default: as in the model's files. */
  forcedBosTokenId?: number | null;
  /** Last token when the maximum length is reached; null for none. Default: as in the model's files. */
  forcedEosTokenId?: number | null;
  /** Custom logits processors, applied after the built-in ones and before temperature. */
  logitsProcessors?: readonly LogitsProcessor[];
}

/** Options of beam search (Hugging Face's `BeamSearchScorer`). */
export interface BeamOptions {
  /** Number of beams. Default: 1, no beam search. */
  numBeams?: number;
  /** Exponent of the length by which a text's sum of log-probabilities is divided: above 0 favours longer texts. Default: 1. */
  lengthPenalty?: number;
  /**
   * When to stop: `true` as soon as there are `numBeams` finished texts, `false` when a better one is unlikely (heuristic), `'never'` when
   * a better one is impossible. Default: false.
   */
  earlyStopping?: boolean | 'never';
  /** Number of texts to return: the first, and the others as its `alternatives`. At most `numBeams`, unless sampled. Default: as in the model's files, else 1. */
  numReturnSequences?: number;
}

/** Options of generation. Names and defaults are those of Hugging Face; a model's generation_config.json changes the defaults. */
export interface GenerateOptions extends StoppingOptions, SamplingOptions, BeamOptions {
  /**
   * Whether to return the log-probability of each token (as Transformers' `output_scores`). It takes a pass over the vocabulary for each token. Default:
   * true with `topLogProbs`, else false.
   */
  logProbs?: boolean;
  /** Number of most probable tokens to return with each token. Default: 0. */
  topLogProbs?: number;
  /** Whether to return attention weights with each token: cross-attention (encoder–decoders) or self-attention. Default: false. */
  alignments?: boolean;
  /** Side on which a prompt that is too long is cut. Default: none, it is a `ContextLengthError`. */
  truncatePrompt?: 'left' | 'right';
  /** Whether to omit special tokens from the text. Default: true. */
  skipSpecialTokens?: boolean;
  /** Number of prompts to compute at the same time; when one ends, the next starts. Default: 8. */
  batchSize?: number;
  /** Called in every forward pass: the prompt's, then one per token. Keys and values computed under hooks are not cached. */
  hooks?: Hooks;
  /** Names or patterns of activations to record for each token, from the pass that produced it. Prompts are then computed one by one. */
  record?: readonly string[];
  signal?: AbortSignal;
  /** Called with each chosen token and the index of its prompt. Not with beam search. */
  onToken?: (token: GeneratedToken, prompt: number) => void;
}

addOtherNames({
  max_length: 'maxNewTokens',
  max_tokens: 'maxNewTokens',
  stop: 'stopStrings',
  eos_token_id: 'eosTokenId',
  logprobs: 'logProbs topLogProbs',
  output_scores: 'logProbs',
});

/** The names of {@link GenerateOptions}. */
export const GENERATE_OPTIONS = {
  maxNewTokens: 'numeric',
  minNewTokens: 'numeric',
  minLength: 'numeric',
  stopTokens: true,
  stopStrings: true,
  eosTokenId: true,
  doSample: true,
  temperature: 'numeric',
  topK: 'numeric',
  topP: 'numeric',
  minP: 'numeric',
  seed: 'numeric',
  repetitionPenalty: 'numeric',
  noRepeatNgramSize: 'numeric',
  logitBias: true,
  badWordsIds: true,
  suppressTokens: true,
  forcedBosTokenId: true,
  forcedEosTokenId: true,
  logitsProcessors: true,
  numBeams: 'numeric',
  lengthPenalty: 'numeric',
  earlyStopping: true,
  numReturnSequences: 'numeric',
  logProbs: 'boolean',
  topLogProbs: 'numeric',
  alignments: 'boolean',
  truncatePrompt: true,
  skipSpecialTokens: 'boolean',
  batchSize: 'numeric',
  hooks: 'object',
  record: 'names',
  signal: 'signal',
  onToken: 'function',
} satisfies OptionNames<GenerateOptions>;
