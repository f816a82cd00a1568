import { BaseTokenizer, type TokenizerFiles } from './base-tokenizer.ts';
import { addRareComponents } from './rare-components.ts';

export type {
  DecodeOptions,
  Encoding,
  EncodingWithOffsets,
  TokenizeOptions,
  TokenizerFiles,
} from './base-tokenizer.ts';

/**
 * Converts text to token ids and back as defined by a model's tokenizer.json.
 *
 * Its `padding` and the `max_length` of its `truncation` are settings of the run that saved the file and are ignored: texts are never
 * padded and only truncated to an explicit `maxLength`, by default with the file's strategy and direction.
 */
export class Tokenizer extends BaseTokenizer {
  private constructor(files: TokenizerFiles) {
    super(files);
  }

  /** Throws `FormatError` for invalid files, and for components that are not supported. */
  static fromFiles(files: TokenizerFiles): Tokenizer {
    addRareComponents();
    return new Tokenizer(files);
  }

  /** The tokenizers of loaded models are instances too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof BaseTokenizer;
  }
}
