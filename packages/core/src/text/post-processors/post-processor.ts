import type { Tokens } from './tokens.ts';

/** Adds special tokens around one or two tokenized texts. */
export interface PostProcessor {
  /** How many tokens it adds. */
  addedTokens(isPair: boolean): number;
  /** The parts of the result, in order. The type ids of the texts are 0 and 1 before. May change what it is given. */
  process(sequences: readonly Tokens[], addSpecialTokens: boolean): Tokens[];
}
