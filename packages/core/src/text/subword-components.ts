import { DECODERS } from './decoders/index.ts';
import { SUBWORD_DECODERS } from './decoders/subword.ts';
import type { Component } from './json/component.ts';
import { bpe } from './models/bpe.ts';
import { MODELS } from './models/index.ts';
import { NORMALIZERS, type Normalizer } from './normalizers/index.ts';
import { byteLevelPiece } from './pieces/byte-level.ts';
import { readPattern } from './pieces/pattern.ts';
import { regexMatcher } from './pieces/regex-matcher.ts';
import { prependTo, replaceMatches } from './pieces/replace.ts';
import { characterMatcher, SPLIT_BEHAVIORS, splitPiece } from './pieces/split.ts';
import { BYTE_LEVEL_POST_PROCESSORS } from './post-processors/byte-level.ts';
import { POST_PROCESSORS } from './post-processors/index.ts';
import { byteLevelPreTokenizer } from './pre-tokenizers/byte-level.ts';
import { PRE_TOKENIZERS, type PreTokenizer } from './pre-tokenizers/index.ts';
import { metaspacePreTokenizer } from './pre-tokenizers/metaspace.ts';
import { splitEach } from './pre-tokenizers/pre-tokenizer.ts';
import { PUNCTUATION } from './unicode/categories.ts';
import { WHITE_SPACE_CLASS } from './unicode/properties.ts';
import { WORD_CLASS } from './unicode/words.ts';

const SUBWORD_NORMALIZERS: Readonly<Record<string, (component: Component) => Normalizer>> = {
  ByteLevel: () => byteLevelPiece,
  Prepend: (component) => {
    const prefix = component.string('prepend');
    return (piece) => prependTo(piece, prefix);
  },
  Replace: (component) => {
    const matcher = readPattern(component);
    const content = component.string('content');
    return (piece) => replaceMatches(piece, matcher(piece.text), content);
  },
};

const matchPunctuation = characterMatcher((code) => PUNCTUATION.has(code));

const SUBWORD_PRE_TOKENIZERS: Readonly<Record<string, (component: Component) => PreTokenizer>> = {
  ByteLevel: byteLevelPreTokenizer,
  Metaspace: metaspacePreTokenizer,
  Punctuation: (component) => {
    const behavior = component.choice('behavior', SPLIT_BEHAVIORS, 'Isolated');
    return splitEach((piece) => splitPiece(piece, matchPunctuation(piece.text), behavior));
  },
  Split: (component) => {
    const matcher = readPattern(component);
    const behavior = component.choice('behavior', SPLIT_BEHAVIORS);
    const invert = component.boolean('invert');
    return splitEach((piece) => splitPiece(piece, matcher(piece.text), behavior, invert));
  },
  Whitespace: () => {
    const matcher = regexMatcher(new RegExp(`${WORD_CLASS}+|[^${WORD_CLASS}${WHITE_SPACE_CLASS}]+`, 'gv'));
    return splitEach((piece) => splitPiece(piece, matcher(piece.text), 'Removed', true));
  },
};

/**
 * Makes known what tokenizers of decoders need: BPE, words by regular expressions, bytes and SentencePiece's spaces, all decoders, and the
 * post-processors of byte-level tokenizers.
 */
export function addSubwordComponents(): void {
  Object.assign(NORMALIZERS, SUBWORD_NORMALIZERS);
  Object.assign(PRE_TOKENIZERS, SUBWORD_PRE_TOKENIZERS);
  Object.assign(MODELS, { BPE: bpe });
  Object.assign(DECODERS, SUBWORD_DECODERS);
  Object.assign(POST_PROCESSORS, BYTE_LEVEL_POST_PROCESSORS);
}
