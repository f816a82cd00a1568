import { WholeCharacters } from './stream-characters.ts';
import { DecodeStream, type DecodeStreamOptions } from './stream-decode.ts';
import { StopStrings } from './stream-stop.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface TextStreamOptions extends DecodeStreamOptions {
  /** Where to stop, also if such a string is spread over tokens. None may be empty. */
  stopStrings?: readonly string[];
}

/** What came of one more token. */
export interface StreamStep {
  /** What the token adds to the text, whether or not it can be shown yet. */
  readonly added: string;
  /** What can be shown now: pieces that no character is split over, up to a stop string. */
  readonly piece: string;
  /** The stop string that was found. Nothing may be pushed after it. */
  readonly stop?: string;
}

/**
 * Tokens in, text out as early as it is certain: characters are whole, and stop strings are not part of it. The pieces of all steps with
 * that of `finish` are the whole text.
 */
export class TextStream {
  readonly #decode: DecodeStream;
  readonly #stops: StopStrings;
  readonly #characters = new WholeCharacters();
  #text = '';
  #stopped = false;

  constructor(tokenizer: Tokenizer, { stopStrings = [], ...options }: TextStreamOptions = {}) {
    this.#decode = new DecodeStream(tokenizer, options);
    this.#stops = new StopStrings(stopStrings);
  }

  /** All that has been shown. */
  get text(): string {
    return this.#text;
  }

  push(id: number): StreamStep {
    return this.#show(this.#decode.push(id));
  }

  /** What a token would add to the text. */
  peek(id: number): string {
    return this.#decode.peek(id);
  }

  /** No more tokens come: shows what was held back, unless a stop string was found. */
  finish(): StreamStep {
    if (this.#stopped) return { added: '', piece: '' };
    const step = this.#show(this.#decode.finish());
    if (this.#stopped) return step;
    const rest = this.#characters.push(this.#stops.finish()) + this.#characters.finish();
    this.#text += rest;
    return { ...step, piece: step.piece + rest };
  }

  #show(added: string): StreamStep {
    const { text, stop } = this.#stops.push(added);
    let piece = this.#characters.push(text);
    if (stop !== undefined) {
      this.#stopped = true;
      piece += this.#characters.finish();
    }
    this.#text += piece;
    return { added, piece, ...(stop !== undefined && { stop }) };
  }
}
