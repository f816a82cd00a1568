import type { Hooks } from '../hooks/hooks.ts';
import type { LogitsProcessor } from './logits/processors.ts';
import type { GeneratedToken } from './result.ts';

/** A prompt: a text, or ids of tokens that are taken as they are. */
export type Prompt = string | Int32Array;

/** When a text ends. */
export interface StoppingOptions {
  /**
   * Most tokens to generate. Default: what generation_config.json says (`max_new_tokens`, or `max_length` less the prompt), else 256. Never
   * more than the context has room for.
   */
  maxNewTokens?: number;
  /** Fewest tokens to generate before the text may end by itself. Default: 0. */
  minNewTokens?: number;
  /** The same, but counting the prompt (of an encoder–decoder: the token that the decoder starts with) too. Default: 0. */
  minLength?: number;
  /** Ids that end the text, besides the end-of-sequence tokens. They are not part of the text. */
  stopTokens?: readonly number[];
  /** Strings that end the text, also if they are spread over tokens. They are not part of the text. */
  stopStrings?: readonly string[];
  /** In place of the model's end-of-sequence tokens; null for a text that only ends at its limit. */
  eosTokenId?: number | readonly number[] | null;
}

/** How the next token is chosen. */
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
  /** Makes tokens that were there before less likely (above 1) or likelier (below). Default: 1. */
  repetitionPenalty?: number;
  /** No run of so many tokens comes twice; 0 for no such rule. Default: 0. */
  noRepeatNgramSize?: number;
  /** Added to the logits of tokens, by their ids; `-Infinity` forbids one. */
  logitBias?: Readonly<Record<number, number>>;
  /** Sequences of ids that must not come. */
  badWordsIds?: readonly (readonly number[])[];
  /** Ids that must not come. */
  suppressTokens?: readonly number[];
  /** The token that an encoder–decoder's text has to begin with, for example that of its language. */
  forcedBosTokenId?: number | null;
  /** The token that a text has to end with when it gets as long as it may; null for none. Default: as the model's files say. */
  forcedEosTokenId?: number | null;
  /** Further changes to the logits, after all others and before the temperature. */
  logitsProcessors?: readonly LogitsProcessor[];
}

/** Beam search (Hugging Face's `BeamSearchScorer`): the texts whose tokens are together likeliest, of all that were followed. */
export interface BeamOptions {
  /** How many texts to follow at once. Default: 1, no search. */
  numBeams?: number;
  /** A text counts as the sum of its log-probabilities divided by its length to this power: above 0 for longer ones. Default: 1. */
  lengthPenalty?: number;
  /**
   * When to end: `true` as soon as there are `numBeams` finished texts, `false` when a better one is unlikely, `'never'` when there cannot be
   * one. Default: false.
   */
  earlyStopping?: boolean | 'never';
  /** How many texts to give: the others are `alternatives` of the first. Up to `numBeams`, or any number drawn at random. Default: 1. */
  numReturnSequences?: number;
}

/** What generation can be asked for. Names and defaults are Hugging Face's; a model's generation_config.json changes the defaults. */
export interface GenerateOptions extends StoppingOptions, SamplingOptions, BeamOptions {
  /** How many of the likeliest tokens to tell for each token, with their log-probabilities. Default: 0. */
  topLogProbs?: number;
  /** Whether to tell for each token the attention that produced it: to the source (encoder–decoders) or to the tokens before it. */
  alignments?: boolean;
  /** What to do with a prompt that is too long: without this it is refused with `ContextLengthError`. */
  truncatePrompt?: 'left' | 'right';
  /** Whether special tokens are left out of the text. Default: true. */
  skipSpecialTokens?: boolean;
  /** Of several prompts, how many to compute at once; when one ends, the next takes its place. Default: 8. */
  batchSize?: number;
  /** Hooks see every forward pass: first the prompt's, then one for each token. Nothing computed under hooks is kept for later calls. */
  hooks?: Hooks;
  /** Names or patterns of activations to keep for each token: those of the pass that produced it. Prompts are then computed one by one. */
  record?: readonly string[];
  signal?: AbortSignal;
  /** Called as soon as a token is chosen, with the index of its prompt. Not with beams. */
  onToken?: (token: GeneratedToken, prompt: number) => void;
}
