import { AddedTokens } from './added-tokens.ts';
import { createDecoder, type Decoder } from './decoders/index.ts';
import { isObject, tokenizerError } from './json/component.ts';
import { createModel, type Model, type Word } from './models/index.ts';
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

  /** `splitSpecial`: whether special tokens are not looked for in texts. Throws `FormatError` for a component that is invalid or not supported. */
  constructor(json: Readonly<Record<string, unknown>>, splitSpecial = false) {
    const { added_tokens: added = [], normalizer, pre_tokenizer, post_processor, decoder } = json;
    if (!Array.isArray(added)) throw tokenizerError('added_tokens in tokenizer.json must be a list');
    this.#normalizer = isPresent(normalizer) ? createNormalizer(normalizer) : undefined;
    this.#preTokenizer = isPresent(pre_tokenizer) ? createPreTokenizer(pre_tokenizer) : undefined;
    this.postProcessor = isPresent(post_processor) ? createPostProcessor(post_processor) : undefined;
    this.#decoder = isPresent(decoder) ? createDecoder(decoder) : undefined;
    if (!isObject(json.model)) throw tokenizerError('model in tokenizer.json must be an object');
    this.model = createModel(json.model);
    this.added = new AddedTokens(added, this.model, this.#normalizer, splitSpecial);
  }

  /** Tokenizes a text, without special tokens. */
  tokenize(text: string, sequence: number): Tokens {
    limitWork(text.length);
    const extracted = this.added.extract(text, this.#normalizer);
    const pieces = this.#preTokenizer ? this.#preTokenizer(extracted) : extracted;
    const words: (Word | undefined)[] = new Array(pieces.length);
    let count = 0;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!;
      const word = piece.tokenId === undefined ? this.model.tokenize(piece.text) : undefined;
      words[i] = word;
      count += word ? word.ids.length : 1;
    }
    // Typed arrays of the right length: appending to lists takes a third of the time of long texts.
    const result: Tokens = {
      ids: new Int32Array(count),
      tokens: new Array<string>(count),
      starts: new Int32Array(count),
      ends: new Int32Array(count),
      typeIds: new Int32Array(count).fill(sequence),
      sequenceIds: new Int32Array(count).fill(sequence),
      text,
    };
    let at = 0;
    for (let i = 0; i < pieces.length; i++) {
      const word = words[i];
      const { alignment, from, tokenId, text: pieceText } = pieces[i]!;
      if (!word) {
        result.ids[at] = tokenId!;
        result.tokens[at] = pieceText;
        result.starts[at] = alignment.startOf(from);
        result.ends[at++] = alignment.endOf(from + pieceText.length - 1);
        continue;
      }
      const { ids, starts, ends, tokens } = word;
      for (let k = 0; k < ids.length; k++) {
        result.ids[at] = ids[k]!;
        result.tokens[at] = tokens[k]!;
        result.starts[at] = alignment.startOf(from + starts[k]!);
        result.ends[at++] = alignment.endOf(from + ends[k]! - 1);
      }
    }
    return result;
  }

  /** The text of tokens. */
  decode(tokens: readonly string[]): string {
    limitWork(tokens.reduce((length, token) => length + token.length, 0));
    return this.#decoder ? this.#decoder(tokens).join('') : tokens.join(' ');
  }
}

const isPresent = (value: unknown) => value !== undefined && value !== null;
