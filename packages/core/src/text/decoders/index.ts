import { type Component, createComponent } from '../json/component.ts';
import { takeSteps } from '../pieces/limits.ts';
import type { Decoder } from './decoder.ts';
import { wordPieceDecoder } from './word-piece.ts';

export type { Decoder } from './decoder.ts';
export { cleanUp } from './word-piece.ts';

/** Decoders by type: those that BERT's tokenizers need, and what `subword-components.ts` and `unigram-components.ts` add. */
export const DECODERS: Record<string, (component: Component) => Decoder> = {
  Sequence: (component) => {
    const decoders = component.components('decoders', createDecoder);
    return (tokens) =>
      decoders.reduce<string[]>(
        (parts, decode) => {
          let length = parts.length;
          for (const part of parts) length += part.length;
          takeSteps(length, 'tokenizer: the decoder');
          return decode(parts);
        },
        [...tokens],
      );
  },
  WordPiece: wordPieceDecoder,
};

/** The decoder of tokenizer.json. Throws `FormatError` for one that is invalid or not supported. */
export function createDecoder(json: unknown, path = 'decoder'): Decoder {
  return createComponent(json, path, DECODERS);
}
