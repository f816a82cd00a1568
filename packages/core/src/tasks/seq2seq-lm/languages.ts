import { ConfigError } from '../../errors.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

/** How a tokenizer class marks languages. */
interface LanguageScheme {
  /** Whether the source's language token is before the text or after the end-of-sequence token. */
  readonly place: 'first' | 'last';
  /** The source language where the files name none. */
  readonly source: string;
  /** The token of a language. */
  readonly token: (language: string) => string;
}

const plain = (language: string) => language;

/** Hugging Face's tokenizers with language tokens, by class. */
const SCHEMES: Readonly<Record<string, LanguageScheme>> = {
  NllbTokenizer: { place: 'first', source: 'eng_Latn', token: plain },
  M2M100Tokenizer: { place: 'first', source: 'en', token: (language) => `__${language}__` },
  MBartTokenizer: { place: 'last', source: 'en_XX', token: plain },
  MBart50Tokenizer: { place: 'first', source: 'en_XX', token: plain },
};

/** The classes of models whose tokenizer_config.json names none. */
const BY_MODEL_TYPE: Readonly<Record<string, string>> = {
  m2m_100: 'M2M100Tokenizer',
  mbart: 'MBartTokenizer',
};

/**
 * The language tokens of a multilingual translation model (NLLB, M2M100, mBART, mBART-50): one beside the source text, which says its language, and
 * one that the target text begins with. As in Hugging Face's tokenizer classes, they are added by this class, whatever the post-processor of
 * tokenizer.json adds.
 */
export class LanguageTokens {
  readonly #tokenizer: Tokenizer;
  readonly #scheme: LanguageScheme;
  readonly #end: number;
  /** Of tokenizer_config.json: `src_lang` and `tgt_lang`. */
  readonly source: string;
  readonly target: string | undefined;

  private constructor(tokenizer: Tokenizer, scheme: LanguageScheme, config: Record<string, unknown>) {
    this.#tokenizer = tokenizer;
    this.#scheme = config.legacy_behaviour === true ? { ...scheme, place: 'last' } : scheme;
    const { src_lang: source, tgt_lang: target } = config;
    this.source = typeof source === 'string' ? source : scheme.source;
    this.target = typeof target === 'string' ? target : undefined;
    this.#end = idOf(tokenizer, contentOf(config.eos_token) ?? '</s>', 'tokenizer_config.json: eos_token');
  }

  /**
   * The language tokens of a model by its tokenizer_config.json, or if that names no class by the type of the model; undefined if its tokenizer has
   * none. Throws `ConfigError` if the tokenizer lacks the end-of-sequence token.
   */
  static of(
    modelType: string,
    tokenizer: Tokenizer,
    tokenizerConfigJson: unknown = {},
  ): LanguageTokens | undefined {
    const config = (tokenizerConfigJson ?? {}) as Record<string, unknown>;
    if (!Object.hasOwn(BY_MODEL_TYPE, modelType)) return undefined;
    const given = config.tokenizer_class;
    const name = typeof given === 'string' ? given.replace(/Fast$/, '') : BY_MODEL_TYPE[modelType]!;
    const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
    return scheme && new LanguageTokens(tokenizer, scheme, config);
  }

  /** Tokens that {@link encode} adds to a text. */
  readonly added = 2;

  /** The token ids of a text without special tokens, with its language token and the end-of-sequence token. */
  encode(ids: Int32Array, language: string): Int32Array {
    const token = this.id(language);
    return Int32Array.from(
      this.#scheme.place === 'first' ? [token, ...ids, this.#end] : [...ids, this.#end, token],
    );
  }

  /** The id of a language's token. Throws `ConfigError` if the tokenizer has none. */
  id(language: string): number {
    const token = this.#scheme.token(language);
    const id = this.#tokenizer.tokenToId(token);
    // A code such as en may also be a word; `__en__` is none.
    if (id !== undefined && (token !== language || this.#tokenizer.isSpecial(id))) return id;
    throw new ConfigError(
      `translate: the tokenizer has no language ${JSON.stringify(language)}; its codes are written as in ${this.#scheme.source}`,
    );
  }
}

function idOf(tokenizer: Tokenizer, token: string, role: string): number {
  const id = tokenizer.tokenToId(token);
  if (id !== undefined) return id;
  throw new ConfigError(`${role} ${JSON.stringify(token)} is not in the vocabulary`);
}

/** A token is stored as text or as an object with its content. */
function contentOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token;
  if (typeof token !== 'object' || token === null) return undefined;
  const { content } = token as { content?: unknown };
  return typeof content === 'string' ? content : undefined;
}
