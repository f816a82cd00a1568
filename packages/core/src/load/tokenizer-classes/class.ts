import { addedIds, addedTokens } from '../../text/side-files.ts';
import { contentOf, type Ending, type Json, requireToken } from '../tokenizer-template.ts';

/** A vocabulary of Unigram: the id of a token is its index. */
export type Scored = (readonly [token: string, score: number])[];

/** What a class makes its tokenizer of. */
export interface ClassInput {
  /** tokenizer_config.json and the class's own values where it has none. */
  readonly options: Json;
  /** For BPE and WordPiece. */
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly unknown[];
  /** For Unigram. */
  readonly scored: Scored;
  /** `unk_id` of a SentencePiece model, if the vocabulary comes from one. */
  readonly unkId?: number | undefined;
  /** `precompiled_charsmap`, in Base64. */
  readonly charsmap?: string | undefined;
  /** The post-processor of tokenizer.json. */
  readonly postProcessor: unknown;
  /** A special token by its role and id. Throws `FormatError` if the options have none. */
  token(role: string): Ending;
  /** The id of a token, added or not. */
  idOf(token: string): number | undefined;
}

/** The components that a class makes. */
export interface ClassComponents {
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly decoder: object | null;
  readonly model: object;
  /** Undefined for classes without one of their own: that of tokenizer.json, else `add_bos_token` and `add_eos_token` decide. */
  readonly post_processor?: unknown;
}

/** A tokenizer class of transformers 5.17 whose `__init__` makes the components. */
export interface TokenizerClass {
  readonly model: 'BPE' | 'Unigram' | 'WordPiece';
  /** The values of its arguments where tokenizer_config.json has none. */
  readonly tokens: Json;
  /** Special tokens besides the named ones where the repository lists none; `own` are those of its SentencePiece model. */
  readonly extra?: (own: readonly object[] | undefined, options: Json) => readonly unknown[];
  /** The pieces of a SentencePiece model in the order of the class's ids. */
  readonly reorder?: (pieces: Scored, config: Json) => Scored;
  /** Arguments of the class that replace those of tokenizer_config.json. */
  readonly adapt?: (options: Json) => Json;
  readonly build: (input: ClassInput) => ClassComponents;
}

/** The parts of {@link ClassInput} that follow from the tokens, and the list of added tokens. */
export function tokensOf(
  listed: readonly unknown[],
  options: Json,
  known: (token: string) => number | undefined,
  size: number,
) {
  const added = addedTokens({ added_tokens: listed }, options) as Json[];
  const ids = addedIds(added, known, size);
  return {
    added,
    idOf: (token: string) => ids.get(token) ?? known(token),
    token: (role: string) => requireToken(options, `${role}_token`, ids),
  };
}

/** A token that takes the white space before it, unless the file says otherwise. */
export const withSpace = (value: unknown): unknown =>
  typeof value === 'string' ? { content: value, lstrip: true } : value;

/** The text of an option that names a token. */
export const textOf = (options: Json, role: string, otherwise: string): string =>
  contentOf(options[`${role}_token`]) ?? otherwise;
