import { Tokenizer } from '@huggingface/tokenizers';

/**
 * The part of `@huggingface/tokenizers` that is used here. Its own declarations import each other without file
 * extensions, which module resolution by Node's rules turns into `any`.
 */
export interface LibraryTokenizer {
  readonly model: { readonly vocab: readonly string[] };
  readonly post_processor: {
    post_process(first: string[], second: string[] | null, addSpecialTokens: boolean): Processed;
  } | null;
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { ids: (number | undefined)[]; tokens: string[] };
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_added_tokens_decoder(): Map<number, { content: string; special: boolean }>;
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
