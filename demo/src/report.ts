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
