import { ConfigError } from '../errors.ts';
import { type ByteSpelling, byteSpellingOf, bytesOfToken } from './byte-spelling.ts';
import { createLibraryTokenizer, type LibraryTokenizer } from './library.ts';
import { alignText } from './offsets.ts';
import { findSpecialTokens, type SpecialTokens } from './special-tokens.ts';
import { broken, isObject, maxLengthOf, withDefaults } from './tokenizer-files.ts';
import { lengthsByStrategy, type TruncationStrategy, truncationOf } from './truncate.ts';

/** A tokeniser's files, parsed. */
export interface TokenizerFiles {
  /** tokenizer.json */
  tokenizerJson: unknown;
  /** tokenizer_config.json, if there is one: it may name special tokens and turn details on and off. */
  tokenizerConfigJson?: unknown;
}

export interface TokenizeOptions {
  /** A second text, for models that read two. */
  pair?: string;
  /** Most tokens to give, special ones included. Default: all. */
  maxLength?: number;
  /** What to cut if there are more. Default: what tokenizer.json says, else `longestFirst`. */
  truncation?: TruncationStrategy;
  /** Whether to add the model's special tokens, such as `[CLS]` and `[SEP]`. Default: true. */
  addSpecialTokens?: boolean;
  /** Whether to tell where in the text each token is. Default: false, for it takes several times as long. */
  offsets?: boolean;
}

/** A text as a model reads it. All arrays are of the same length. */
export interface Encoding {
  readonly ids: Int32Array;
  /** The segment of each token, for models that tell two texts apart by it: 0, or 1 for the pair. */
  readonly typeIds: Int32Array;
  /** Which text each token came from: 0, 1 for the pair, or −1 for a special token that was added. */
  readonly sequenceIds: Int8Array;
  /** The tokens as the vocabulary spells them. */
  readonly tokens: string[];
  /**
   * If asked for: where each token begins and ends in the text that it came from, `[tokens, 2]`, so that `text.slice(begin, end)` is
   * what it stands for. White space around it is not part of that. Special tokens have 0, 0.
   */
  readonly offsets?: Int32Array;
  /** Whether tokens were left out to keep within `maxLength`. */
  readonly truncated: boolean;
}

/** An {@link Encoding} that tells where its tokens are. */
export type EncodingWithOffsets = Encoding & { readonly offsets: Int32Array };

export interface DecodeOptions {
  /** Whether special tokens are left out. Default: true. */
  skipSpecialTokens?: boolean;
  /** Whether spaces before punctuation marks are taken out. Default: as tokenizer_config.json says, else true. */
  cleanUpTokenizationSpaces?: boolean;
}

/** A token of a text; without `offsets`, 0 to 0. */
interface Piece {
  readonly token: string;
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

const MODELS = ['WordPiece', 'BPE', 'Unigram'];

/**
 * Turns text into tokens and back, as the model's tokenizer.json says.
 *
 * Its `padding` and the length in its `truncation` are settings of whoever saved the file and are not applied: texts are never
 * padded, and cut only to a `maxLength` that is asked for; how they are cut then is what the file says.
 */
export class Tokenizer {
  /** Number of ids: one more than the largest. */
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokens;
  /** Most tokens that the model was made for, as tokenizer_config.json says; `Infinity` if it does not say. */
  readonly modelMaxLength: number;
  readonly #tokenizer: LibraryTokenizer;
  readonly #special: ReadonlySet<string>;
  readonly #truncation: ReturnType<typeof truncationOf>;
  readonly #bytes: ByteSpelling;
  readonly #added: ReadonlySet<number>;

  private constructor(
    tokenizer: LibraryTokenizer,
    config: Readonly<Record<string, unknown>>,
    json: Readonly<Record<string, unknown>>,
  ) {
    this.#truncation = truncationOf(json.truncation);
    this.#bytes = byteSpellingOf(json.decoder);
    this.modelMaxLength = maxLengthOf(config.model_max_length);
    this.#tokenizer = tokenizer;
    this.vocabSize = tokenizer.model.vocab.length;
    const addedTokens = tokenizer.get_added_tokens_decoder();
    const added = [...addedTokens.values()];
    this.#added = new Set(addedTokens.keys());
    this.#special = new Set(added.filter(({ special }) => special).map(({ content }) => content));
    this.specialTokens = findSpecialTokens(config, this.#special, (token) => this.tokenToId(token));
  }

  /** Throws `FormatError` if the files do not describe a tokeniser. */
  static fromFiles({ tokenizerJson, tokenizerConfigJson = {} }: TokenizerFiles): Tokenizer {
    if (!isObject(tokenizerJson)) throw broken('tokenizer.json has to be an object');
    if (!isObject(tokenizerConfigJson)) throw broken('tokenizer_config.json has to be an object');
    const { added_tokens: added = [], model } = tokenizerJson;
    if (!Array.isArray(added)) throw broken('added_tokens in tokenizer.json has to be a list');
    if (!isObject(model)) throw broken('tokenizer.json has no model');
    // The library would take a model that it does not know for one of its oldest kind.
    if (typeof model.type === 'string' && !MODELS.includes(model.type)) {
      throw broken(`the model in tokenizer.json has to be one of ${MODELS.join(', ')}, got ${model.type}`);
    }
    let tokenizer: LibraryTokenizer;
    try {
      tokenizer = createLibraryTokenizer(withDefaults(tokenizerJson, added), tokenizerConfigJson);
    } catch (error) {
      throw broken(`tokenizer.json does not describe a tokeniser: ${(error as Error).message}`, error);
    }
    return new Tokenizer(tokenizer, tokenizerConfigJson, tokenizerJson);
  }

  /**
   * Splits a text into tokens. The empty text gives the special tokens alone.
   *
   * Throws `ConfigError` if `maxLength` leaves no room for the special tokens, if there are more tokens and `truncation` does not
   * allow to leave out enough, or if the vocabulary lacks a token.
   */
  encode(text: string, options: TokenizeOptions & { offsets: true }): EncodingWithOffsets;
  encode(text: string, options?: TokenizeOptions): Encoding;
  encode(text: string, options: TokenizeOptions = {}): Encoding {
    const { pair, maxLength = Infinity, addSpecialTokens = true, offsets = false } = options;
    const { truncation = this.#truncation.strategy } = options;
    const first = this.#tokenize(text, offsets);
    const second = pair === undefined ? undefined : this.#tokenize(pair, offsets);
    const budget = this.#budget(maxLength, second !== undefined, addSpecialTokens);
    const lengths = lengthsByStrategy(truncation, first.length, second?.length ?? 0, budget);
    if (!lengths) {
      throw new ConfigError(
        `encode: the text has ${first.length + (second?.length ?? 0)} tokens, ${budget} fit into maxLength ${maxLength}, and truncation ${truncation} does not allow to leave out the rest`,
      );
    }
    const keep = (pieces: Piece[], length: number) =>
      this.#truncation.side === 'left' ? pieces.slice(pieces.length - length) : pieces.slice(0, length);
    const kept = second && keep(second, lengths[1]);
    const truncated = lengths[0] < first.length || lengths[1] < (second?.length ?? 0);
    return this.#assemble(keep(first, lengths[0]), kept, addSpecialTokens, offsets, truncated);
  }

  /**
   * Splits a pair whose second text is too long for `maxLength` into windows over that text, each with all of the first. Windows overlap
   * by `stride` tokens, so that nothing is seen only at an edge.
   *
   * Throws `ConfigError` if the first text leaves no room for more than `stride` tokens.
   */
  encodeWindows(
    text: string,
    options: { pair: string; maxLength: number; stride: number },
  ): EncodingWithOffsets[] {
    const { pair, maxLength, stride } = options;
    const first = this.#tokenize(text, true);
    const second = this.#tokenize(pair, true);
    const room = this.#budget(maxLength, true, true) - first.length;
    if (second.length > room && !(Number.isSafeInteger(stride) && stride >= 0 && room > stride)) {
      throw new ConfigError(
        `encodeWindows: the first text leaves ${room} tokens for the second, which must be more than the stride ${stride}`,
      );
    }
    const windows: EncodingWithOffsets[] = [];
    for (let from = 0; ; from += room - stride) {
      const window = second.slice(from, from + room);
      const truncated = window.length < second.length;
      windows.push(this.#assemble(first, window, true, true, truncated) as EncodingWithOffsets);
      if (from + room >= second.length) return windows;
    }
  }

  /** Joins tokens to a text again. Special tokens are left out unless `skipSpecialTokens` is false. */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    if (ids.length === 0) return '';
    const { skipSpecialTokens = true, cleanUpTokenizationSpaces } = options;
    const kept = Array.from(ids).filter(
      (id) => !(skipSpecialTokens && this.#special.has(this.idToToken(id) ?? '')),
    );
    if (kept.length === 0) return '';
    return this.#tokenizer.decode(kept, {
      skip_special_tokens: skipSpecialTokens,
      ...(cleanUpTokenizationSpaces !== undefined && {
        clean_up_tokenization_spaces: cleanUpTokenizationSpaces,
      }),
    });
  }

  /** The id of a token as the vocabulary spells it. */
  tokenToId(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }

  /** How the vocabulary spells a token. */
  idToToken(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id);
  }

  /** Whether the id is that of a special token, which stands for no text. */
  isSpecial(id: number): boolean {
    return this.#special.has(this.idToToken(id) ?? '');
  }

  /** The bytes of UTF-8 that a token stands for, if it may be a part of a character; undefined for tokens of whole characters. */
  bytesOf(id: number): readonly number[] | undefined {
    const token = this.#added.has(id) ? undefined : this.idToToken(id);
    return token === undefined ? undefined : bytesOfToken(token, this.#bytes);
  }

  /** Tokens of a text without special ones. */
  #tokenize(text: string, offsets: boolean): Piece[] {
    const { tokens, ids } = this.#tokenizer.encode(text, { add_special_tokens: false });
    const places = offsets ? alignText(this.#tokenizer, text, tokens) : undefined;
    return tokens.map((token, i) => {
      const id = ids[i];
      if (id === undefined)
        throw new ConfigError(`encode: the vocabulary has no token for ${JSON.stringify(token)}`);
      return { token, id, start: places?.[i]?.start ?? 0, end: places?.[i]?.end ?? 0 };
    });
  }

  /** Tokens that fit beside the special ones. */
  #budget(maxLength: number, paired: boolean, addSpecialTokens: boolean): number {
    const reserved = this.#template([], paired ? [] : null, addSpecialTokens).tokens.length;
    if (maxLength >= reserved) return Math.floor(maxLength) - reserved;
    throw new ConfigError(
      `encode: maxLength has to leave room for ${reserved} special tokens, got ${String(maxLength)}`,
    );
  }

  /** Puts the special tokens around one text or two. */
  #assemble(
    first: readonly Piece[],
    second: readonly Piece[] | undefined,
    addSpecialTokens: boolean,
    offsets: boolean,
    truncated: boolean,
  ): Encoding {
    // Stand-ins go through the template in the place of tokens, so that its result tells which token came from where.
    const standIns = new Map<string, { piece: Piece; sequence: number }>();
    const standIn = (sequence: number) => (piece: Piece, i: number) => {
      const name = `\u0000${sequence}:${i}`;
      standIns.set(name, { piece, sequence });
      return name;
    };
    const { tokens: names, typeIds } = this.#template(
      first.map(standIn(0)),
      second ? second.map(standIn(1)) : null,
      addSpecialTokens,
    );
    const found = names.map((name) => standIns.get(name));
    const places =
      offsets && Int32Array.from(found.flatMap((at) => [at?.piece.start ?? 0, at?.piece.end ?? 0]));
    return {
      ids: Int32Array.from(names, (name, i) => found[i]?.piece.id ?? this.#idOf(name)),
      typeIds: Int32Array.from(typeIds),
      sequenceIds: Int8Array.from(found, (at) => at?.sequence ?? -1),
      tokens: names.map((name, i) => found[i]?.piece.token ?? name),
      ...(places && { offsets: places }),
      truncated,
    };
  }

  #template(
    first: string[],
    second: string[] | null,
    addSpecialTokens: boolean,
  ): { tokens: string[]; typeIds: number[] } {
    const processed = this.#tokenizer.post_processor?.post_process(first, second, addSpecialTokens);
    // Processors that add nothing leave the two texts apart.
    const tokens = processed
      ? [...processed.tokens, ...(processed.tokens_pair ?? [])]
      : [...first, ...(second ?? [])];
    const typeIds =
      processed?.token_type_ids ??
      tokens.map((_, i) => (second && i >= tokens.length - second.length ? 1 : 0));
    return { tokens, typeIds };
  }

  #idOf(token: string): number {
    const id = this.tokenToId(token);
    if (id === undefined)
      throw new ConfigError(`encode: the vocabulary has no special token ${JSON.stringify(token)}`);
    return id;
  }
}
