import { ConfigError, FormatError } from '../errors.ts';
import { createLibraryTokenizer, type LibraryTokenizer } from './library.ts';
import { findSpecialTokens, type SpecialTokens } from './special-tokens.ts';
import { truncatedLengths } from './truncate.ts';

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
  /** Whether to add the model's special tokens, such as `[CLS]` and `[SEP]`. Default: true. */
  addSpecialTokens?: boolean;
}

/** A text as a model reads it. All arrays are of the same length. */
export interface Encoding {
  readonly ids: Int32Array;
  /** Which of the two texts a token belongs to: 0, or 1 for the pair. */
  readonly typeIds: Int32Array;
  /** The tokens as the vocabulary spells them. */
  readonly tokens: string[];
  /** Whether tokens were left out to keep within `maxLength`. */
  readonly truncated: boolean;
}

const MODELS = ['WordPiece', 'BPE', 'Unigram'];

/**
 * Turns text into tokens and back, as the model's tokenizer.json says.
 *
 * Its `padding` and `truncation` are settings of whoever saved the file and are not applied: texts are never padded,
 * and cut only to a `maxLength` that is asked for.
 */
export class Tokenizer {
  /** Number of ids: one more than the largest. */
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokens;
  readonly #tokenizer: LibraryTokenizer;
  readonly #special: ReadonlySet<string>;

  private constructor(tokenizer: LibraryTokenizer, config: Readonly<Record<string, unknown>>) {
    this.#tokenizer = tokenizer;
    this.vocabSize = tokenizer.model.vocab.length;
    const added = [...tokenizer.get_added_tokens_decoder().values()];
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
    return new Tokenizer(tokenizer, tokenizerConfigJson);
  }

  /**
   * Splits a text into tokens. The empty text gives the special tokens alone.
   *
   * Throws `ConfigError` if `maxLength` leaves no room for the special tokens, or the vocabulary lacks a token.
   */
  encode(text: string, options: TokenizeOptions = {}): Encoding {
    const { pair, maxLength = Infinity, addSpecialTokens = true } = options;
    const ids = new Map<string, number>();
    const first = this.#tokenize(text, ids);
    const second = pair === undefined ? null : this.#tokenize(pair, ids);
    const reserved = this.#assemble([], second && [], addSpecialTokens).tokens.length;
    if (!(maxLength >= reserved)) {
      throw new ConfigError(
        `encode: maxLength has to leave room for ${reserved} special tokens, got ${String(maxLength)}`,
      );
    }
    const lengths = truncatedLengths(first.length, second?.length ?? 0, Math.floor(maxLength) - reserved);
    const { tokens, typeIds } = this.#assemble(
      first.slice(0, lengths[0]),
      second === null ? null : second.slice(0, lengths[1]),
      addSpecialTokens,
    );
    return {
      ids: Int32Array.from(tokens, (token) => ids.get(token) ?? this.#idOf(token)),
      typeIds: Int32Array.from(typeIds),
      tokens,
      truncated: lengths[0] < first.length || lengths[1] < (second?.length ?? 0),
    };
  }

  /** Joins tokens to a text again. Special tokens are left out unless `skipSpecialTokens` is false. */
  decode(ids: ArrayLike<number>, options: { skipSpecialTokens?: boolean } = {}): string {
    if (ids.length === 0) return '';
    const { skipSpecialTokens = true } = options;
    const kept = Array.from(ids).filter(
      (id) => !(skipSpecialTokens && this.#special.has(this.idToToken(id) ?? '')),
    );
    return kept.length === 0 ? '' : this.#tokenizer.decode(kept, { skip_special_tokens: skipSpecialTokens });
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

  /** Tokens of a text without special ones; their ids are noted in `ids`. */
  #tokenize(text: string, ids: Map<string, number>): string[] {
    const encoding = this.#tokenizer.encode(text, { add_special_tokens: false });
    encoding.tokens.forEach((token, i) => {
      const id = encoding.ids[i];
      if (id === undefined)
        throw new ConfigError(`encode: the vocabulary has no token for ${JSON.stringify(token)}`);
      ids.set(token, id);
    });
    return encoding.tokens;
  }

  /** Puts the special tokens around one text or two. */
  #assemble(
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

/** Parts that tokenizer.json may leave out, which the library insists on. */
function withDefaults(tokenizerJson: Record<string, unknown>, added: unknown[]): object {
  const absent = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  return { ...absent, ...tokenizerJson, added_tokens: added };
}

function broken(what: string, cause?: unknown): FormatError {
  return new FormatError(
    'tokenizer-invalid',
    `tokenizer: ${what}`,
    cause === undefined ? undefined : { cause },
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
