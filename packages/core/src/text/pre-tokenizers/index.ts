import { type Component, createComponent } from '../json/component.ts';
import type { Piece } from '../pieces/alignment.ts';
import { takeSteps } from '../pieces/limits.ts';
import { characterMatcher, splitPiece } from '../pieces/split.ts';
import { WHITE_SPACE } from '../unicode/categories.ts';
import { bertPreTokenizer } from './bert.ts';
import { type PreTokenizer, splitEach } from './pre-tokenizer.ts';

export type { PreTokenizer } from './pre-tokenizer.ts';

const matchWhiteSpace = characterMatcher((code) => WHITE_SPACE.has(code));

/** Pre-tokenizers by type: those that BERT's tokenizers need, and what `subword-components.ts`, `rare-components.ts` and `unigram-components.ts` add. */
export const PRE_TOKENIZERS: Record<string, (component: Component) => PreTokenizer> = {
  BertPreTokenizer: () => bertPreTokenizer,
  Sequence: (component) => {
    const preTokenizers = component.components('pretokenizers', createPreTokenizer);
    return (pieces) =>
      preTokenizers.reduce<Piece[]>(
        (split, preTokenize) => {
          let length = split.length;
          for (const { text } of split) length += text.length;
          takeSteps(length, 'tokenizer: the pre-tokenizer');
          return preTokenize(split);
        },
        [...pieces],
      );
  },
  WhitespaceSplit: () => splitEach((piece) => splitPiece(piece, matchWhiteSpace(piece.text), 'Removed')),
};

/** The pre-tokenizer of tokenizer.json. Throws `FormatError` for one that is invalid or not supported. */
export function createPreTokenizer(json: unknown, path = 'pre_tokenizer'): PreTokenizer {
  return createComponent(json, path, PRE_TOKENIZERS);
}
