import { AddedTokens } from './added-tokens.ts';
import { createDecoder, type Decoder } from './decoders/index.ts';
import { isObject, tokenizerError } from './json/component.ts';
import { createModel, type Model } from './models/index.ts';
import { createNormalizer, type Normalizer } from './normalizers/index.ts';
import { limitWork } from './pieces/limits.ts';
import { createPostProcessor, type PostProcessor, type Tokens } from './post-processors/index.ts';
import { createPreTokenizer, type PreTokenizer } from './pre-tokenizers/index.ts';

/**
 * The components of tokenizer.json: a text is searched for added tokens, normalized, split into words, and the words into tokens. All of
 * them do what Hugging Face's library `tokenizers` 0.23 does.
 */
export class Pipeline {
  readonly model: Model;
  readonly added: AddedTokens;
  readonly postProcessor: PostProcessor | undefined;
  readonly #normalizer: Normalizer | undefined;
  readonly #preTokenizer: PreTokenizer | undefined;
  readonly #decoder: Decoder | undefined;

  /** Throws `FormatError` for a component that is invalid or not supported. */
  constructor(json: Readonly<Record<string, unknown>>) {
    const { added_tokens: added = [], normalizer, pre_tokenizer, post_processor, decoder } = json;
    if (!Array.isArray(added)) throw tokenizerError('added_tokens in tokenizer.json must be a list');
    this.#normalizer = isPresent(normalizer) ? createNormalizer(normalizer) : undefined;
    this.#preTokenizer = isPresent(pre_tokenizer) ? createPreTokenizer(pre_tokenizer) : undefined;
    this.postProcessor = isPresent(post_processor) ? createPostProcessor(post_processor) : undefined;
    this.#decoder = isPresent(decoder) ? createDecoder(decoder) : undefined;
    if (!isObject(json.model)) throw tokenizerError('model in tokenizer.json must be an object');
    this.model = createModel(json.model);
    this.added = new AddedTokens(added, this.model, this.#normalizer);
  }

  /** Tokenizes a text, without special tokens. */
  tokenize(text: string, sequence: number): Tokens {
    limitWork(text.length);
    const result: Tokens = { ids: [], tokens: [], starts: [], ends: [], typeIds: [], sequenceIds: [], text };
    const pieces = this.added.extract(text, this.#normalizer);
    for (const piece of this.#preTokenizer ? this.#preTokenizer(pieces) : pieces) {
      const { alignment, from, tokenId } = piece;
      if (tokenId !== undefined) {
        result.ids.push(tokenId);
        result.tokens.push(piece.text);
        result.starts.push(alignment.startOf(from));
        result.ends.push(alignment.endOf(from + piece.text.length - 1));
        continue;
      }
      const { ids, starts, ends, tokens } = this.model.tokenize(piece.text);
      for (let i = 0; i < ids.length; i++) {
        result.ids.push(ids[i]!);
        result.tokens.push(tokens[i]!);
        result.starts.push(alignment.startOf(from + starts[i]!));
        result.ends.push(alignment.endOf(from + ends[i]! - 1));
      }
    }
    result.typeIds = new Array<number>(result.ids.length).fill(sequence);
    result.sequenceIds = result.typeIds;
    return result;
  }

  /** The text of tokens. */
  decode(tokens: readonly string[]): string {
    limitWork(tokens.reduce((length, token) => length + token.length, 0));
    return this.#decoder ? this.#decoder(tokens).join('') : tokens.join(' ');
  }
}

const isPresent = (value: unknown) => value !== undefined && value !== null;
