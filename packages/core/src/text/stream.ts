import { checkOptions, type OptionNames } from '../options.ts';
import { DecodeStream, type DecodeStreamOptions } from './stream-decode.ts';
import { GraphemeBuffer } from './stream-graphemes.ts';
import { StopStringMatcher } from './stream-stop-strings.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface TextStreamOptions extends DecodeStreamOptions {
  /** Non-empty strings at which to stop; they may span several tokens, special tokens that the text leaves out among them. */
  stopStrings?: readonly string[];
}

/** The result of one token. */
export interface StreamStep {
  /** The text that the token adds, including text that is still buffered. */
  readonly added: string;
  /** Text to show now: whole grapheme clusters, up to a stop string. */
  readonly piece: string;
  /** The stop string that was found. No token may be pushed after it. */
  readonly stop?: string;
}

/**
 * Streams the text of tokens as early as it is final: in whole grapheme clusters and without stop strings. The pieces of all steps,
 * including that of `finish`, are the whole text.
 */
export class TextStream {
  readonly #decoder: DecodeStream;
  readonly #stopStrings: StopStringMatcher;
  readonly #graphemes = new GraphemeBuffer();
  #text = '';
  #stopped = false;

  constructor(tokenizer: Tokenizer, options: TextStreamOptions = {}) {
    checkOptions('TextStream', options, {
      skipSpecialTokens: 'boolean',
      prefix: 'object',
      stopStrings: 'list',
    } satisfies OptionNames<TextStreamOptions>);
    const { stopStrings = [], ...decoding } = options;
    this.#decoder = new DecodeStream(tokenizer, decoding);
    this.#stopStrings = new StopStringMatcher(stopStrings);
  }

  /** All text emitted so far. */
  get text(): string {
    return this.#text;
  }

  push(id: number): StreamStep {
    const hidden = this.#stopStrings.isActive && this.#decoder.isSkipped(id) ? this.#decoder.peek(id) : '';
    return this.#emit(this.#decoder.push(id), hidden);
  }

  /** The text that a token would add, without adding it. */
  peek(id: number): string {
    return this.#decoder.peek(id);
  }

  /** Ends the stream and emits buffered text, unless a stop string was found. */
  finish(): StreamStep {
    if (this.#stopped) return { added: '', piece: '' };
    const step = this.#emit(this.#decoder.finish());
    if (this.#stopped) return step;
    const rest = this.#graphemes.push(this.#stopStrings.flush()) + this.#graphemes.flush();
    this.#text += rest;
    return { ...step, piece: step.piece + rest };
  }

  #emit(added: string, hidden = ''): StreamStep {
    const { text, stop } = this.#stopStrings.push(added, hidden);
    let piece = this.#graphemes.push(text);
    if (stop !== undefined) {
      this.#stopped = true;
      piece += this.#graphemes.flush();
    }
    this.#text += piece;
    return { added, piece, ...(stop !== undefined && { stop }) };
  }
}
