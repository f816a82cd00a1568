import { ConfigError } from '../errors.ts';
import { checkOptions, type OptionNames, requireOptions } from '../options.ts';
import { cleanUp } from './decoders/index.ts';
import { isObject, tokenizerError } from './json/component.ts';
import { typeOfModel } from './models/index.ts';
import { Pipeline } from './pipeline.ts';
import type { Tokens } from './post-processors/index.ts';
import { applySideFiles } from './side-files.ts';
import { findSpecialTokens, type SpecialTokens } from './special-tokens.ts';
import { type ByteEncoding, readByteEncoding, tokenBytes } from './token-bytes.ts';
import { requireTokenId, requireTokenIds } from './token-ids.ts';
import { readModelMaxLength } from './tokenizer-files.ts';
import {
  readTruncation,
  TRUNCATION_STRATEGIES,
  type TruncationStrategy,
  truncatedLengthsBy,
} from './truncation.ts';

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
  /** Whether to return the offsets of each token. Default: false. */
  offsets?: boolean;
}

/** What {@link TokenizeOptions} has. */
export const TOKENIZE_OPTIONS = {
  pair: 'string',
  maxLength: 'numeric',
  truncation: TRUNCATION_STRATEGIES,
  addSpecialTokens: 'boolean',
  offsets: 'boolean',
} satisfies OptionNames<TokenizeOptions>;

/** A tokenized text or pair. All arrays have one entry per token. */
export interface Encoding {
  readonly ids: Int32Array;
  /** Token type (segment) ids, as the post-processor assigns them. */
  readonly typeIds: Int32Array;
  /** The text of each token: 0 for the first, 1 for the pair, −1 for an added special token. */
  readonly sequenceIds: Int8Array;
  /** The tokens as in the vocabulary; an added token with the white space that it takes, and an unknown one of Unigram as in the text. */
  readonly tokens: string[];
  /**
   * Start and end (exclusive) of each token in its text, `[tokens, 2]`, in UTF-16 code units: `text.slice(start, end)` is the text of the
   * token. They are those of the library `tokenizers`, which counts code points: whether they include the white space before a word depends
   * on the tokenizer (`trim_offsets` of its post-processor). Added special tokens have 0, 0. Present if `offsets` is true.
   */
  readonly offsets?: Int32Array;
  /** Whether tokens were removed to fit `maxLength`. */
  readonly truncated: boolean;
}

/** An {@link Encoding} with offsets. */
export type EncodingWithOffsets = Encoding & { readonly offsets: Int32Array };

const DECODE_OPTIONS = {
  skipSpecialTokens: 'boolean',
  cleanUpTokenizationSpaces: 'boolean',
} satisfies OptionNames<DecodeOptions>;

export interface DecodeOptions {
  /** Whether special tokens are omitted. Default: true. */
  skipSpecialTokens?: boolean;
  /**
   * Whether spaces before punctuation are removed. Default: the value of tokenizer_config.json, else false. Never for BPE, which keeps spaces as
   * they were, as in Transformers 5.
   */
  cleanUpTokenizationSpaces?: boolean;
}

/**
 * A tokenizer of the components that are known when it is made; `Tokenizer` knows all.
 *
 * `padding` of tokenizer.json and the `max_length` of its `truncation` are settings of the run that saved the file and are ignored: texts are never
 * padded and only truncated to an explicit `maxLength`, by default with the file's strategy and direction.
 */
export class BaseTokenizer {
  /** Size of the vocabulary with added tokens: the largest id plus one. */
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokens;
  /** `model_max_length` of tokenizer_config.json, in tokens; `Infinity` if absent. */
  readonly modelMaxLength: number;
  readonly #pipeline: Pipeline;
  readonly #truncation: ReturnType<typeof readTruncation>;
  readonly #byteEncoding: ByteEncoding;
  readonly #cleanUp: boolean;
  readonly #canCleanUp: boolean;

  /**
   * All of the files' components must be known: see `loadTokenizer` and `Tokenizer.fromFiles`. Throws `FormatError` for invalid files, and
   * for components that are not supported.
   */
  constructor(files: TokenizerFiles) {
    const { tokenizerJson, tokenizerConfigJson = {} } = files ?? {};
    if (!isObject(tokenizerJson)) throw tokenizerError('tokenizer.json must be an object');
    if (!isObject(tokenizerConfigJson)) throw tokenizerError('tokenizer_config.json must be an object');
    const { json, config } = applySideFiles(tokenizerJson, tokenizerConfigJson);
    this.#truncation = readTruncation(json.truncation);
    this.#byteEncoding = readByteEncoding(json.decoder);
    this.#cleanUp = config.clean_up_tokenization_spaces === true;
    this.#canCleanUp =
      config.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output === true ||
      !isObject(json.model) ||
      typeOfModel(json.model) !== 'BPE';
    this.modelMaxLength = readModelMaxLength(config.model_max_length);
    this.#pipeline = new Pipeline(json, config.split_special_tokens === true);
    const { added, model } = this.#pipeline;
    this.vocabSize = [...added.byId.keys()].reduce((limit, id) => Math.max(limit, id + 1), model.idLimit);
    this.specialTokens = findSpecialTokens(config, added.special, (token) => this.tokenToId(token));
  }

  /**
   * Tokenizes a text or a pair. The empty text gives only special tokens.
   *
   * Throws `ConfigError` for arguments of wrong types, if `maxLength` is smaller than the number of special tokens, if `truncation` cannot reduce the text to
   * `maxLength`, or if the vocabulary lacks a token.
   */
  encode(text: string, options: TokenizeOptions & { offsets: true }): EncodingWithOffsets;
  encode(text: string, options?: TokenizeOptions): Encoding;
  encode(text: string, options: TokenizeOptions = {}): Encoding {
    checkOptions('encode', options, TOKENIZE_OPTIONS);
    checkText('encode', text, options);
    const { pair, maxLength = Infinity, addSpecialTokens = true, offsets = false } = options;
    const { truncation = this.#truncation.strategy } = options;
    const first = this.#tokenize(text, 0);
    const second = pair === undefined ? undefined : this.#tokenize(pair, 1);
    const budget = this.#tokenBudget(maxLength, second !== undefined, addSpecialTokens);
    const [firstLength, secondLength] = [first.ids.length, second?.ids.length ?? 0];
    const lengths =
      firstLength + secondLength <= budget
        ? ([firstLength, secondLength] as const)
        : truncatedLengthsBy(truncation, firstLength, secondLength, budget);
    if (!lengths) {
      throw new ConfigError(
        `encode: the text has ${firstLength + secondLength} tokens, ${budget} fit into maxLength ${maxLength}; truncation '${truncation}' cannot remove the rest`,
      );
    }
    const truncate = (tokens: Tokens, length: number) => {
      const count = tokens.ids.length;
      if (length === count) return tokens;
      return this.#truncation.side === 'left'
        ? sliceTokens(tokens, count - length, count)
        : sliceTokens(tokens, 0, length);
    };
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
    requireOptions('encodeWindows', options, { pair: 'string', maxLength: 'numeric', stride: 'numeric' });
    requireString('encodeWindows', 'the text', text);
    const { pair, maxLength, stride } = options;
    requireString('encodeWindows', 'pair', pair);
    if (!(Number.isSafeInteger(maxLength) && maxLength >= 0))
      throw new ConfigError(`encodeWindows: maxLength must be a whole number, got ${shown(maxLength)}`);
    const first = this.#tokenize(text, 0);
    const second = this.#tokenize(pair, 1);
    const secondLength = second.ids.length;
    const room = this.#tokenBudget(maxLength, true, true) - first.ids.length;
    if (secondLength > room && !(Number.isSafeInteger(stride) && stride >= 0 && room > stride)) {
      throw new ConfigError(
        `encodeWindows: the first text leaves room for ${room} tokens of the second, which must be more than stride ${stride}`,
      );
    }
    const windows: EncodingWithOffsets[] = [];
    for (let from = 0; ; from += room - stride) {
      const window = sliceTokens(second, from, from + room);
      const truncated = window.ids.length < secondLength;
      const whole = sliceTokens(first, 0, first.ids.length);
      windows.push(this.#assemble(whole, window, true, true, truncated) as EncodingWithOffsets);
      if (from + room >= secondLength) return windows;
    }
  }

  /**
   * Converts token ids to text. Ids outside the vocabulary are left out.
   *
   * Throws `ConfigError` for what is no id: a negative or fractional number, a string, null.
   */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    requireTokenIds('decode', ids);
    checkOptions('decode', options, DECODE_OPTIONS);
    const { skipSpecialTokens = true, cleanUpTokenizationSpaces = this.#cleanUp } = options;
    const { special } = this.#pipeline.added;
    const tokens: string[] = [];
    for (let i = 0; i < ids.length; i++) {
      const token = this.#tokenOf(ids[i]!);
      if (token !== undefined && !(skipSpecialTokens && special.has(token))) tokens.push(token);
    }
    if (tokens.length === 0) return '';
    const text = this.#pipeline.decode(tokens);
    return cleanUpTokenizationSpaces && this.#canCleanUp ? cleanUp(text) : text;
  }

  /** The id of a token of the vocabulary; undefined for other strings. */
  tokenToId(token: string): number | undefined {
    requireString('tokenToId', 'the token', token);
    return this.#pipeline.added.ids.get(token) ?? this.#pipeline.model.tokenToId(token);
  }

  /** The token with an id; undefined for ids outside the vocabulary. Throws `ConfigError` for what is no id. */
  idToToken(id: number): string | undefined {
    requireTokenId('idToToken', id);
    return this.#tokenOf(id);
  }

  #tokenOf(id: number): string | undefined {
    return this.#pipeline.added.decoded(id) ?? this.#pipeline.model.idToToken(id);
  }

  /** Whether the id is that of a special token. */
  isSpecial(id: number): boolean {
    return this.#pipeline.added.special.has(this.idToToken(id) ?? '');
  }

  /** The UTF-8 bytes of a token that may be part of a character; undefined for a token of whole characters. */
  bytesOf(id: number): readonly number[] | undefined {
    const token = this.#pipeline.added.byId.has(id) ? undefined : this.idToToken(id);
    return token === undefined ? undefined : tokenBytes(token, this.#byteEncoding);
  }

  /** Tokenizes a text without adding special tokens. Unpaired surrogates count as U+FFFD. */
  #tokenize(text: string, sequence: number): Tokens {
    return this.#pipeline.tokenize(text.replace(/\p{Surrogate}/gu, '\ufffd'), sequence);
  }

  /** Number of tokens that fit into `maxLength` besides the special tokens. */
  #tokenBudget(maxLength: number, paired: boolean, addSpecialTokens: boolean): number {
    const reserved = addSpecialTokens ? (this.#pipeline.postProcessor?.addedTokens(paired) ?? 0) : 0;
    if (maxLength >= reserved) return Math.floor(maxLength) - reserved;
    throw new ConfigError(
      `encode: maxLength must leave room for ${reserved} special tokens, got ${String(maxLength)}`,
    );
  }

  /** Adds the special tokens to a text or a pair. */
  #assemble(
    first: Tokens,
    second: Tokens | undefined,
    addSpecialTokens: boolean,
    offsets: boolean,
    truncated: boolean,
  ): Encoding {
    const sequences = second ? [first, second] : [first];
    const parts = this.#pipeline.postProcessor?.process(sequences, addSpecialTokens) ?? sequences;
    const count = parts.reduce((sum, { ids }) => sum + ids.length, 0);
    const encoding = {
      ids: new Int32Array(count),
      typeIds: new Int32Array(count),
      sequenceIds: new Int8Array(count),
      tokens: parts.length === 1 ? parts[0]!.tokens : parts.flatMap(({ tokens }) => tokens),
      ...(offsets && { offsets: new Int32Array(2 * count) }),
      truncated,
    };
    let at = 0;
    for (const part of parts) {
      encoding.ids.set(part.ids, at);
      encoding.typeIds.set(part.typeIds, at);
      encoding.sequenceIds.set(part.sequenceIds, at);
      for (let i = 0; offsets && i < part.ids.length; i++) {
        encoding.offsets![2 * (at + i)] = part.starts[i]!;
        encoding.offsets![2 * (at + i) + 1] = part.ends[i]!;
      }
      at += part.ids.length;
    }
    return encoding;
  }
}

function requireString(task: string, role: string, value: unknown): void {
  if (typeof value !== 'string')
    throw new ConfigError(`${task}: ${role} must be a string, got ${shown(value)}`);
}

/** Checks a text and the option that {@link TOKENIZE_OPTIONS} leaves to this function. */
function checkText(task: string, text: unknown, { maxLength }: TokenizeOptions): void {
  requireString(task, 'the text', text);
  if (maxLength !== undefined && !(maxLength >= 0))
    throw new ConfigError(`${task}: maxLength must be a number of tokens, got ${shown(maxLength)}`);
}

/** A wrong argument, as it is shown in an error. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : typeof value;
}

function sliceTokens(tokens: Tokens, start: number, end: number): Tokens {
  return {
    ids: tokens.ids.slice(start, end),
    tokens: tokens.tokens.slice(start, end),
    starts: tokens.starts.slice(start, end),
    ends: tokens.ends.slice(start, end),
    typeIds: tokens.typeIds.slice(start, end),
    sequenceIds: tokens.sequenceIds.slice(start, end),
    text: tokens.text,
  };
}
