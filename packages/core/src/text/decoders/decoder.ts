/** Changes tokens to parts of a text. Joined, the parts of the last decoder are the text. */
export type Decoder = (tokens: readonly string[]) => string[];
