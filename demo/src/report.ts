/** The results of the sentence demo; `--json` prints this object. */
export interface Report {
  model: string;
  backend: string;
  sentences: readonly { text: string; tokens: readonly string[]; ids: readonly number[] }[];
  /** Cosine similarities, [sentence][sentence]. */
  similarity: readonly (readonly number[])[];
  attention: {
    sentence: number;
    layer: number;
    head: number;
    /** Attention weights, [query][key]; every row sums to 1. */
    weights: readonly (readonly number[])[];
  };
  /** Times of one forward pass of the first sentence, on each backend that this machine supports. */
  timings: readonly Timing[];
}

export interface Timing {
  backend: string;
  threads: number;
  /** Number of tokens of the timed sentence. */
  tokens: number;
  medianMs: number;
  bestMs: number;
  runs: number;
  /** Largest absolute difference between the embeddings of this backend and the reference. */
  maxError: number;
}

/** The results of the story demo; `--json` prints this object. */
export interface Story {
  model: string;
  backend: string;
  prompt: string;
  /** The generated text, without the prompt. */
  text: string;
  finishReason: 'stop' | 'length' | 'context';
  /** Seed of the sampling; absent for greedy search. */
  seed?: number;
  /** Number of prompt tokens. */
  promptTokens: number;
  tokens: readonly StoryToken[];
  /** Time to the first token, in milliseconds. */
  promptMs: number;
  /** Rate of all tokens after the first. */
  tokensPerSecond: number;
}

/** A generated token and the most likely other tokens at its position. */
export interface StoryToken extends LikelyToken {
  alternatives: readonly LikelyToken[];
}

export interface LikelyToken {
  /** The token as written in the vocabulary. */
  token: string;
  /** The text that it appends. */
  text: string;
  probability: number;
}

/** The results of the translation demo; `--json` prints this object. */
export interface Translation {
  model: string;
  backend: string;
  text: string;
  translation: string;
  /** False if the translation was cut off at the maximum length. */
  complete: boolean;
  /** The parts of the text that the model's vocabulary does not have. */
  unknown: readonly string[];
  sourceTokens: readonly string[];
  targetTokens: readonly string[];
  /** Absent for a model without attention. */
  alignment: WordAlignment | undefined;
}

/** Attention of a decoder between words. */
export interface WordAlignment {
  /** Layers and heads that the weights are the mean of. */
  layers: number;
  heads: number;
  /** The words of the text, then its special tokens. */
  sourceWords: readonly string[];
  targetWords: readonly string[];
  /** [target word][source word]; every row sums to 1. */
  weights: readonly (readonly number[])[];
}
