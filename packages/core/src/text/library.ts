import { Tokenizer } from '@huggingface/tokenizers';

/**
 * The part of `@huggingface/tokenizers` that is used here. Its own declarations import each other without file
 * extensions, which module resolution by Node's rules turns into `any`.
 */
export interface LibraryTokenizer {
  readonly model: LibraryModel;
  readonly normalizer: LibraryNormalizer | null;
  readonly pre_tokenizer: LibraryPreTokenizer | null;
  readonly post_processor: {
    post_process(first: string[], second: string[] | null, addSpecialTokens: boolean): Processed;
  } | null;
  /** Cut a text at the added tokens that stand for it before and after it is normalised. */
  readonly splitter_unnormalized: LibrarySplitter;
  readonly splitter_normalized: LibrarySplitter;
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

interface LibrarySplitter {
  split(text: string): string[];
}

/** Parts of several kinds. Those of a kind have what others lack: `normalizers` a sequence, `pattern` a replacement. */
export interface LibraryNormalizer {
  readonly config: {
    readonly type: string;
    readonly strip_left?: boolean;
    readonly strip_right?: boolean;
    readonly prepend?: string;
    readonly content?: string;
  };
  readonly normalizers?: readonly (LibraryNormalizer | null)[];
  readonly pattern?: RegExp | null;
  normalize(text: string): string;
}

export interface LibraryPreTokenizer {
  readonly config?: { readonly content?: string };
  /** Of a sequence. */
  readonly tokenizers?: readonly (LibraryPreTokenizer | null)[];
  /** Of a byte-level one. */
  readonly byte_encoder?: Readonly<Record<number, string>>;
  readonly add_prefix_space?: boolean;
  /** Of Metaspace: what stands for a space. */
  readonly str_rep?: string;
  /** Of a replacement. */
  readonly content?: string;
  readonly pattern?: RegExp | null;
  pre_tokenize_text(text: string, options: { section_index: number }): string[];
}

export interface LibraryModel {
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

interface Processed {
  tokens: string[];
  tokens_pair?: string[] | null;
  token_type_ids?: number[];
}

/** Makes a tokeniser of parsed files. Throws if they do not describe one that the library knows. */
export function createLibraryTokenizer(tokenizerJson: object, tokenizerConfigJson: object): LibraryTokenizer {
  return new Tokenizer(tokenizerJson, tokenizerConfigJson) as unknown as LibraryTokenizer;
}
