import { Tokenizer } from '@huggingface/tokenizers';

/**
 * Types of the parts of `@huggingface/tokenizers` that Headwise uses, internal members included: `offsets.ts` runs its pipeline step by
 * step. The package's own declarations import each other without file extensions, so Node's module resolution resolves them to `any`.
 */
export interface HfTokenizer {
  readonly model: HfModel;
  readonly normalizer: HfNormalizer | null;
  readonly pre_tokenizer: HfPreTokenizer | null;
  readonly post_processor: {
    post_process(first: string[], second: string[] | null, addSpecialTokens: boolean): PostProcessed;
  } | null;
  /** Splits a text at the added tokens that are matched before normalization. */
  readonly splitter_unnormalized: HfAddedTokenSplitter;
  /** Splits a normalized text at the added tokens that are matched after normalization. */
  readonly splitter_normalized: HfAddedTokenSplitter;
  readonly added_tokens_map: ReadonlyMap<string, { readonly lstrip: boolean; readonly rstrip: boolean }>;
  readonly remove_space: boolean | undefined;
  readonly do_lowercase_and_remove_accent: boolean;
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { ids: (number | undefined)[]; tokens: string[] };
  decode(
    ids: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces?: boolean },
  ): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_added_tokens_decoder(): Map<number, { content: string; special: boolean }>;
}

interface HfAddedTokenSplitter {
  split(text: string): string[];
}

/** A normalizer of any type. Optional members exist only for some types. */
export interface HfNormalizer {
  readonly config: {
    readonly type: string;
    readonly strip_left?: boolean;
    readonly strip_right?: boolean;
    readonly prepend?: string;
    readonly content?: string;
  };
  /** For `Sequence`. */
  readonly normalizers?: readonly (HfNormalizer | null)[];
  /** For `Replace`. */
  readonly pattern?: RegExp | null;
  normalize(text: string): string;
}

/** A pre-tokenizer of any type. Optional members exist only for some types. */
export interface HfPreTokenizer {
  readonly config?: { readonly content?: string };
  /** For `Sequence`. */
  readonly tokenizers?: readonly (HfPreTokenizer | null)[];
  /** For `ByteLevel`: the character of each byte. */
  readonly byte_encoder?: Readonly<Record<number, string>>;
  readonly add_prefix_space?: boolean;
  /** For `Metaspace`: the replacement of a space. */
  readonly str_rep?: string;
  /** For `Replace`. */
  readonly content?: string;
  readonly pattern?: RegExp | null;
  pre_tokenize_text(text: string, options: { section_index: number }): string[];
}

export interface HfModel {
  readonly vocab: readonly string[];
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token: string | undefined;
  readonly unk_token_id: number | undefined;
  readonly fuse_unk: boolean;
  readonly end_of_word_suffix: string | undefined;
  readonly config: {
    readonly continuing_subword_prefix?: string | null;
    readonly continuing_subword_suffix?: string | null;
  };
  encode(pieces: readonly string[]): string[];
}

interface PostProcessed {
  tokens: string[];
  tokens_pair?: string[] | null;
  token_type_ids?: number[];
}

/** Creates a tokenizer from parsed tokenizer.json and tokenizer_config.json. Throws if `@huggingface/tokenizers` does not support them. */
export function createHfTokenizer(tokenizerJson: object, tokenizerConfigJson: object): HfTokenizer {
  return new Tokenizer(tokenizerJson, tokenizerConfigJson) as unknown as HfTokenizer;
}
