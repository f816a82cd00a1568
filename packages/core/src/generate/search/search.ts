import type { LogitsRow } from '../../engine/logits-row.ts';
import type { Activation } from '../../hooks/hooks.ts';
import type { Random } from '../../platform/random.ts';
import type { TextStream } from '../../text/stream.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { GeneratedPiece, GeneratedToken, Generation, TokenAlignment } from '../result.ts';
import type { GenerationSettings } from '../settings.ts';

/** The model's output for one sequence. */
export interface SearchRow {
  /** Next-token logits, valid during the call. They may be replaced. */
  readonly logits: LogitsRow;
  readonly alignment?: TokenAlignment;
  readonly activations?: ReadonlyMap<string, Activation>;
}

/** A sequence to continue. */
export interface LiveSequence {
  /** All decoder input ids, prompt included. */
  readonly ids: readonly number[];
  /** Index of the sequence of the previous step that it continues. */
  readonly from: number;
}

/** A decoding strategy for one prompt. It works on logits only and is independent of model and engine. */
export interface Search {
  /** Maximum number of live sequences. */
  readonly width: number;
  /** Sequences whose next-token logits are needed: initially the prompt, at the end none. */
  readonly live: readonly LiveSequence[];
  /** Consumes the outputs for the live sequences, in their order, and updates `live`. */
  advance(rows: readonly SearchRow[]): void;
  /** The result, once no sequence is live. `cachedTokens` is copied into it. */
  result(cachedTokens: number): Generation;
}

/** Inputs of a search. */
export interface SearchOptions {
  readonly settings: GenerationSettings;
  readonly tokenizer: Tokenizer;
  /** Initial decoder input: the prompt or, for an encoder–decoder, its start token. */
  readonly ids: ArrayLike<number>;
  /** Ids of the prompt or source, for the result. */
  readonly promptIds: Int32Array;
  /** Tokens that precede the text when it is decoded; if empty, the first word gets no leading space. */
  readonly prefix: ArrayLike<number>;
  /** Begins a text. */
  readonly openText: () => TextStream;
  /** Maximum number of tokens to generate. */
  readonly limit: number;
  /** Finish reason when `limit` is reached. */
  readonly limitedBy: 'length' | 'context';
  /** Random numbers for sampling; absent for greedy search. */
  readonly random?: Random;
  readonly onToken?: (token: GeneratedToken) => void;
  readonly onPiece?: (piece: GeneratedPiece) => void;
}
