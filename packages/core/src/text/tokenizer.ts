import { ConfigError } from '../errors.ts';
import { createHfTokenizer, type HfTokenizer } from './huggingface-tokenizers.ts';
import { computeOffsets } from './offsets.ts';
import { findSpecialTokens, type SpecialTokens } from './special-tokens.ts';
import { type ByteEncoding, readByteEncoding, tokenBytes } from './token-bytes.ts';
import { isObject, readModelMaxLength, tokenizerError, withDefaults } from './tokenizer-files.ts';
import { readTruncation, type TruncationStrategy, truncatedLengthsBy } from './truncation.ts';

/** The parsed files of a tokenizer. */
export interface TokenizerFiles {
  /** tokenizer.json */
  tokenizerJson: unknown;
  /** tokenizer_config.json, optional: special tokens and decoding options. */
  tokenizerConfigJson?: unknown;
}

export interface TokenizeOptions {
  /** The second text of a pair. */
  pair?: string;
  /** Maximum number of tokens, including special tokens. Default: unlimited. */
  maxLength?: number;
  /** What to truncate to `maxLength`. Default: the strategy of tokenizer.json, else `longestFirst`. */
  truncation?: TruncationStrategy;
  /** Whether to add the model's special tokens, such as `[CLS]` and `[SEP]`. Default: true. */
  addSpecialTokens?: boolean;
  /** Whether to compute the offsets of each token, which takes several times as long. Default: false. */
  offsets?: boolean;
}

/** A tokenized text or pair. All arrays have one entry per token. */
export interface Encoding {
  readonly ids: Int32Array;
  /** Token type (segment) ids, as the post-processor assigns them. */
  readonly typeIds: Int32Array;
  /** The text of each token: 0 for the first, 1 for the pair, −1 for an added special token. */
  readonly sequenceIds: Int8Array;
  /** The tokens as in the vocabulary. */
  readonly tokens: string[];
  /**
   * Start and end (exclusive) of each token in its text, `[tokens, 2]`, in UTF-16 code units without surrounding whitespace:
   * `text.slice(start, end)` is the text of the token. Added special tokens have 0, 0. Present if `offsets` is true.
   */
  readonly offsets?: Int32Array;
  /** Whether tokens were removed to fit `maxLength`. */
  readonly truncated: boolean;
}

/** An {@link Encoding} with offsets. */
export type EncodingWithOffsets = Encoding & { readonly offsets: Int32Array };

export interface DecodeOptions {
  /** Whether special tokens are omitted. Default: true. */
  skipSpecialTokens?: boolean;
  /** Whether spaces before punctuation are removed. Default: the value of tokenizer_config.json, else true. */
  cleanUpTokenizationSpaces?: boolean;
}

/** A token with its offsets, which are 0 unless requested. */
interface TokenSpan {
  readonly token: string;
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

const MODEL_TYPES = ['WordPiece', 'BPE', 'Unigram'];

/**
 * Converts text to token ids and back as defined by a model's tokenizer.json.
 *
 * Its `padding` and the `max_length` of its `truncation` are settings of the run that saved the file and are ignored: texts are never
 * padded and only truncated to an explicit `maxLength`, by default with the file's strategy and direction.
 */
export class Tokenizer {
  /** Size of the vocabulary with added tokens: the largest id plus one. */
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokens;
  /** `model_max_length` of tokenizer_config.json, in tokens; `Infinity` if absent. */
  readonly modelMaxLength: number;
  readonly #tokenizer: HfTokenizer;
  readonly #specialTokenTexts: ReadonlySet<string>;
  readonly #truncation: ReturnType<typeof readTruncation>;
  readonly #byteEncoding: ByteEncoding;
  readonly #addedTokenIds: ReadonlySet<number>;

  private constructor(
    tokenizer: HfTokenizer,
    config: Readonly<Record<string, unknown>>,
    json: Readonly<Record<string, unknown>>,
  ) {
    this.#truncation = readTruncation(json.truncation);
    this.#byteEncoding = readByteEncoding(json.decoder);
    this.modelMaxLength = readModelMaxLength(config.model_max_length);
    this.#tokenizer = tokenizer;
    this.vocabSize = tokenizer.model.vocab.length;
    const addedTokens = tokenizer.get_added_tokens_decoder();
    const added = [...addedTokens.values()];
    this.#addedTokenIds = new Set(addedTokens.keys());
    this.#specialTokenTexts = new Set(added.filter(({ special }) => special).map(({ content }) => content));
    this.specialTokens = findSpecialTokens(config, this.#specialTokenTexts, (token) => this.tokenToId(token));
  }

  /** Throws `FormatError` for invalid files and for models other than WordPiece, BPE and Unigram. */
  static fromFiles({ tokenizerJson, tokenizerConfigJson = {} }: TokenizerFiles): Tokenizer {
    if (!isObject(tokenizerJson)) throw tokenizerError('tokenizer.json must be an object');
    if (!isObject(tokenizerConfigJson)) throw tokenizerError('tokenizer_config.json must be an object');
    const { added_tokens: added = [], model } = tokenizerJson;
    if (!Array.isArray(added)) throw tokenizerError('added_tokens in tokenizer.json must be a list');
    if (!isObject(model)) throw tokenizerError('model in tokenizer.json must be an object');
    // `@huggingface/tokenizers` treats an unknown model type as a legacy tokenizer.
    if (typeof model.type === 'string' && !MODEL_TYPES.includes(model.type)) {
      throw tokenizerError(
        `model.type in tokenizer.json must be one of ${MODEL_TYPES.join(', ')}, got ${model.type}`,
      );
    }
    let tokenizer: HfTokenizer;
    try {
      tokenizer = createHfTokenizer(withDefaults(tokenizerJson, added), tokenizerConfigJson);
    } catch (error) {
      throw tokenizerError(`tokenizer.json is invalid: ${(error as Error).message}`, error);
    }
    return new Tokenizer(tokenizer, tokenizerConfigJson, tokenizerJson);
  }

  /**
   * Tokenizes a text or a pair. The empty text gives only special tokens.
   *
   * Throws `ConfigError` if `maxLength` is smaller than the number of special tokens, if `truncation` cannot reduce the text to
   * `maxLength`, or if the vocabulary lacks a token.
   */
  encode(text: string, options: TokenizeOptions & { offsets: true }): EncodingWithOffsets;
  encode(text: string, options?: TokenizeOptions): Encoding;
  encode(text: string, options: TokenizeOptions = {}): Encoding {
    const { pair, maxLength = Infinity, addSpecialTokens = true, offsets = false } = options;
    const { truncation = this.#truncation.strategy } = options;
    const first = this.#tokenize(text, offsets);
    const second = pair === undefined ? undefined : this.#tokenize(pair, offsets);
    const budget = this.#tokenBudget(maxLength, second !== undefined, addSpecialTokens);
    const [firstLength, secondLength] = [first.length, second?.length ?? 0];
    const lengths =
      firstLength + secondLength <= budget
        ? ([firstLength, secondLength] as const)
        : truncatedLengthsBy(truncation, firstLength, secondLength, budget);
    if (!lengths) {
      throw new ConfigError(
        `encode: the text has ${firstLength + secondLength} tokens, ${budget} fit into maxLength ${maxLength}; truncation '${truncation}' cannot remove the rest`,
      );
    }
    const truncate = (tokens: TokenSpan[], length: number) =>
      this.#truncation.side === 'left' ? tokens.slice(tokens.length - length) : tokens.slice(0, length);
    const truncated = lengths[0] < firstLength || lengths[1] < secondLength;
    return this.#assemble(
      truncate(first, lengths[0]),
      second && truncate(second, lengths[1]),
      addSpecialTokens,
      offsets,
      truncated,
    );
  }

  /**
   * Tokenizes a pair into windows of at most `maxLength` tokens: each has the whole first text and a part of the second. Consecutive
   * windows overlap by `stride` tokens of the second text, as with Hugging Face's `return_overflowing_tokens`.
   *
   * Throws `ConfigError` if the first text leaves room for `stride` tokens or fewer of a longer second text.
   */
  encodeWindows(
    text: string,
    options: { pair: string; maxLength: number; stride: number },
  ): EncodingWithOffsets[] {
    const { pair, maxLength, stride } = options;
    const first = this.#tokenize(text, true);
    const second = this.#tokenize(pair, true);
    const room = this.#tokenBudget(maxLength, true, true) - first.length;
    if (second.length > room && !(Number.isSafeInteger(stride) && stride >= 0 && room > stride)) {
      throw new ConfigError(
        `encodeWindows: the first text leaves room for ${room} tokens of the second, which must be more than stride ${stride}`,
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

  /** Converts token ids to text. */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    if (ids.length === 0) return '';
    const { skipSpecialTokens = true, cleanUpTokenizationSpaces } = options;
    const textIds = Array.from(ids).filter((id) => !(skipSpecialTokens && this.isSpecial(id)));
    if (textIds.length === 0) return '';
    return this.#tokenizer.decode(textIds, {
      skip_special_tokens: skipSpecialTokens,
      ...(cleanUpTokenizationSpaces !== undefined && {
        clean_up_tokenization_spaces: cleanUpTokenizationSpaces,
      }),
    });
  }

  /** The id of a token of the vocabulary; undefined for other strings. */
  tokenToId(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }

  /** The token with an id; undefined for ids outside the vocabulary. */
  idToToken(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id);
  }

  /** Whether the id is that of a special token. */
  isSpecial(id: number): boolean {
    return this.#specialTokenTexts.has(this.idToToken(id) ?? '');
  }

  /** The UTF-8 bytes of a token that may be part of a character; undefined for a token of whole characters. */
  bytesOf(id: number): readonly number[] | undefined {
    const token = this.#addedTokenIds.has(id) ? undefined : this.idToToken(id);
    return token === undefined ? undefined : tokenBytes(token, this.#byteEncoding);
  }

  /** Tokenizes a text without adding special tokens. */
  #tokenize(text: string, offsets: boolean): TokenSpan[] {
    const { tokens, ids } = this.#tokenizer.encode(text, { add_special_tokens: false });
    const spans = offsets ? computeOffsets(this.#tokenizer, text, tokens) : undefined;
    return tokens.map((token, i) => {
      const id = ids[i];
      if (id === undefined)
        throw new ConfigError(`encode: the vocabulary has no token for ${JSON.stringify(token)}`);
      return { token, id, start: spans?.[i]?.start ?? 0, end: spans?.[i]?.end ?? 0 };
    });
  }

  /** Number of tokens that fit into `maxLength` besides the special tokens. */
  #tokenBudget(maxLength: number, paired: boolean, addSpecialTokens: boolean): number {
    const reserved = this.#postProcess([], paired ? [] : null, addSpecialTokens).tokens.length;
    if (maxLength >= reserved) return Math.floor(maxLength) - reserved;
    throw new ConfigError(
      `encode: maxLength must leave room for ${reserved} special tokens, got ${String(maxLength)}`,
    );
  }

  /** Adds the special tokens to a text or a pair. */
  #assemble(
    first: readonly TokenSpan[],
    second: readonly TokenSpan[] | undefined,
    addSpecialTokens: boolean,
    offsets: boolean,
    truncated: boolean,
  ): Encoding {
    // The post-processor gets a unique placeholder for each token, so that its output tells the origin of every token.
    const placeholders = new Map<string, { span: TokenSpan; sequence: number }>();
    const toPlaceholder = (sequence: number) => (span: TokenSpan, i: number) => {
      const placeholder = `\u0000${sequence}:${i}`;
      placeholders.set(placeholder, { span, sequence });
      return placeholder;
    };
    const { tokens, typeIds } = this.#postProcess(
      first.map(toPlaceholder(0)),
      second ? second.map(toPlaceholder(1)) : null,
      addSpecialTokens,
    );
    const origins = tokens.map((token) => placeholders.get(token));
    return {
      ids: Int32Array.from(tokens, (token, i) => origins[i]?.span.id ?? this.#specialTokenId(token)),
      typeIds: Int32Array.from(typeIds),
      sequenceIds: Int8Array.from(origins, (origin) => origin?.sequence ?? -1),
      tokens: tokens.map((token, i) => origins[i]?.span.token ?? token),
      ...(offsets && {
        offsets: Int32Array.from(
          origins.flatMap((origin) => [origin?.span.start ?? 0, origin?.span.end ?? 0]),
        ),
      }),
      truncated,
    };
  }

  #postProcess(
    first: string[],
    second: string[] | null,
    addSpecialTokens: boolean,
  ): { tokens: string[]; typeIds: number[] } {
    const processed = this.#tokenizer.post_processor?.post_process(first, second, addSpecialTokens);
    // Post-processors that add no special tokens return the two texts separately.
    const tokens = processed
      ? [...processed.tokens, ...(processed.tokens_pair ?? [])]
      : [...first, ...(second ?? [])];
    const typeIds =
      processed?.token_type_ids ??
      tokens.map((_, i) => (second && i >= tokens.length - second.length ? 1 : 0));
    return { tokens, typeIds };
  }

  #specialTokenId(token: string): number {
    const id = this.tokenToId(token);
    if (id === undefined)
      throw new ConfigError(`encode: the vocabulary has no special token ${JSON.stringify(token)}`);
    return id;
  }
}
