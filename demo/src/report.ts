/** Everything that the demo shows; `--json` prints it as it is. */
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
    /** Each query token's weights over the key tokens, [query][key]; every row sums to 1. */
    weights: readonly (readonly number[])[];
  };
  /** Time of one forward of the first sentence, on each backend that this machine has. */
  timings: readonly Timing[];
}

export interface Timing {
  backend: string;
  threads: number;
  /** Tokens in the sentence that was timed. */
  tokens: number;
  medianMs: number;
  bestMs: number;
  runs: number;
  /** Largest difference of this backend's embedding from the reference's. */
  maxError: number;
}

/** A story, and how it was written; `--json` prints it as it is. */
export interface Story {
  model: string;
  backend: string;
  prompt: string;
  /** What was written after the prompt. */
  text: string;
  finishReason: 'stop' | 'length' | 'context';
  /** Of a story that was drawn at random: what draws it again. */
  seed?: number;
  /** Tokens of the prompt. */
  promptTokens: number;
  tokens: readonly StoryToken[];
  /** Milliseconds to read the prompt and choose the first token. */
  promptMs: number;
  /** Of all tokens but the first. */
  tokensPerSecond: number;
}

/** A token that was written, and the likeliest others in its place. */
export interface StoryToken extends LikelyToken {
  alternatives: readonly LikelyToken[];
}

export interface LikelyToken {
  /** As the vocabulary spells it. */
  token: string;
  /** What it adds to the text. */
  text: string;
  probability: number;
}
