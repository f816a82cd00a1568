import type { Activation } from '../../hooks/hooks.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { Random } from '../logits/random.ts';
import type { GeneratedPiece, GeneratedToken, Generation, TokenAlignment } from '../result.ts';
import type { GenerationSettings } from '../settings.ts';

/** What the model made of one sequence. */
export interface SearchRow {
  /** `[vocabSize]`: of what follows the sequence. Free to be changed. */
  readonly logits: Float32Array;
  readonly alignment?: TokenAlignment;
  readonly activations?: ReadonlyMap<string, Activation>;
}

/** A sequence that a search wants to go on with. */
export interface LiveSequence {
  /** Everything that the decoder is to have read. */
  readonly ids: readonly number[];
  /** Which sequence of the step before it is the last one's continuation of. */
  readonly from: number;
}

/** How one prompt is continued. It knows tokens and scores, and nothing of models. */
export interface Search {
  /** Most sequences that it follows at once. */
  readonly width: number;
  /** The sequences whose continuations it wants to be scored next; at first the prompt alone, at the end none. */
  readonly live: readonly LiveSequence[];
  /** Takes the scores for each of the live sequences, and chooses what to go on with. */
  advance(rows: readonly SearchRow[]): void;
  /** What came of it, once nothing is live. `cachedTokens` is for the result. */
  result(cachedTokens: number): Generation;
}

/** What a search starts from. */
export interface SearchOptions {
  readonly settings: GenerationSettings;
  readonly tokenizer: Tokenizer;
  /** What the decoder reads first: the prompt, or the token that an encoder–decoder's decoder starts with. */
  readonly ids: ArrayLike<number>;
  /** The prompt or source for the result. */
  readonly promptIds: Int32Array;
  /** Tokens that the text goes on from; without them its first word has no space before it. */
  readonly prefix: ArrayLike<number>;
  /** Most tokens to generate, and whether that is so because of the context. */
  readonly limit: number;
  readonly limitedBy: 'length' | 'context';
  /** Which draws the tokens; absent for the likeliest ones. */
  readonly random?: Random;
  readonly onToken?: (token: GeneratedToken) => void;
  readonly onPiece?: (piece: GeneratedPiece) => void;
}
