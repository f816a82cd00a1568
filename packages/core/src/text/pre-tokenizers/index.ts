import { type Component, createComponent } from '../json/component.ts';
import { type Piece, slicePiece } from '../pieces/alignment.ts';
import { readPattern } from '../pieces/pattern.ts';
import { characterMatcher, regexMatcher, SPLIT_BEHAVIORS, splitPiece } from '../pieces/split.ts';
import { NUMBERS, PUNCTUATION, WHITE_SPACE } from '../unicode/categories.ts';
import { WHITE_SPACE_CLASS, WORD_CLASS } from '../unicode/properties.ts';
import { bertPreTokenizer } from './bert.ts';
import { byteLevelPreTokenizer } from './byte-level.ts';
import { metaspacePreTokenizer } from './metaspace.ts';
import { type PreTokenizer, splitEach } from './pre-tokenizer.ts';
import { splitAtScripts } from './unicode-scripts.ts';

export type { PreTokenizer } from './pre-tokenizer.ts';

const matchPunctuation = characterMatcher((code) => PUNCTUATION.has(code));
const matchWhiteSpace = characterMatcher((code) => WHITE_SPACE.has(code));
const matchNumbers = characterMatcher((code) => NUMBERS.has(code));

const TYPES: Readonly<Record<string, (component: Component) => PreTokenizer>> = {
  BertPreTokenizer: () => bertPreTokenizer,
  ByteLevel: byteLevelPreTokenizer,
  CharDelimiterSplit: (component) => {
    const delimiter = component.character('delimiter').codePointAt(0);
    const matcher = characterMatcher((code) => code === delimiter);
    return splitEach((piece) => splitPiece(piece, matcher(piece.text), 'Removed'));
  },
  Digits: (component) => {
    const behavior = component.boolean('individual_digits') ? 'Isolated' : 'Contiguous';
    return splitEach((piece) => splitPiece(piece, matchNumbers(piece.text), behavior));
  },
  FixedLength: (component) => {
    const length = component.integer('length', 1, 5);
    return splitEach((piece) => {
      const bounds = [0];
      let count = 0;
      let at = 0;
      for (const character of piece.text) {
        at += character.length;
        if (++count % length === 0) bounds.push(at);
      }
      return bounds.map((start, i) => slicePiece(piece, start, bounds[i + 1] ?? at));
    });
  },
  Metaspace: metaspacePreTokenizer,
  Punctuation: (component) => {
    const behavior = component.choice('behavior', SPLIT_BEHAVIORS, 'Isolated');
    return splitEach((piece) => splitPiece(piece, matchPunctuation(piece.text), behavior));
  },
  Sequence: (component) => {
    const preTokenizers = component.components('pretokenizers', createPreTokenizer);
    return (pieces) => preTokenizers.reduce<Piece[]>((split, preTokenize) => preTokenize(split), [...pieces]);
  },
  Split: (component) => {
    const matcher = readPattern(component);
    const behavior = component.choice('behavior', SPLIT_BEHAVIORS);
    const invert = component.boolean('invert');
    return splitEach((piece) => splitPiece(piece, matcher(piece.text), behavior, invert));
  },
  UnicodeScripts: () => splitAtScripts,
  Whitespace: () => {
    const matcher = regexMatcher(new RegExp(`${WORD_CLASS}+|[^${WORD_CLASS}${WHITE_SPACE_CLASS}]+`, 'gv'));
    return splitEach((piece) => splitPiece(piece, matcher(piece.text), 'Removed', true));
  },
  WhitespaceSplit: () => splitEach((piece) => splitPiece(piece, matchWhiteSpace(piece.text), 'Removed')),
};

/** The pre-tokenizer of tokenizer.json. Throws `FormatError` for one that is invalid or not supported. */
export function createPreTokenizer(json: unknown, path = 'pre_tokenizer'): PreTokenizer {
  return createComponent(json, path, TYPES);
}
