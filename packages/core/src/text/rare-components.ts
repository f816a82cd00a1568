import type { Component } from './json/component.ts';
import { MODELS } from './models/index.ts';
import { unigram } from './models/unigram.ts';
import { NORMALIZERS, type Normalizer } from './normalizers/index.ts';
import { nmt } from './normalizers/nmt.ts';
import { precompiledNormalizer } from './normalizers/precompiled.ts';
import { slicePiece } from './pieces/alignment.ts';
import { characterMatcher, splitPiece } from './pieces/split.ts';
import { filterCharacters } from './pieces/transform.ts';
import { PRE_TOKENIZERS, type PreTokenizer } from './pre-tokenizers/index.ts';
import { splitEach } from './pre-tokenizers/pre-tokenizer.ts';
import { splitAtScripts } from './pre-tokenizers/unicode-scripts.ts';
import { addSubwordComponents } from './subword-components.ts';
import { COMBINING_MARKS, NUMBERS } from './unicode/marks-and-numbers.ts';

const RARE_NORMALIZERS: Readonly<Record<string, (component: Component) => Normalizer>> = {
  Nmt: () => nmt,
  Precompiled: precompiledNormalizer,
  StripAccents: () => (piece) => filterCharacters(piece, (code) => !COMBINING_MARKS.has(code)),
};

const matchNumbers = characterMatcher((code) => NUMBERS.has(code));

const RARE_PRE_TOKENIZERS: Readonly<Record<string, (component: Component) => PreTokenizer>> = {
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
  UnicodeScripts: () => splitAtScripts,
};

/**
 * Makes known the subword components, and what neither BERT's tokenizers nor most decoders' have: Unigram with its normalizers, and components with
 * tables of Unicode.
 */
export function addRareComponents(): void {
  addSubwordComponents();
  Object.assign(NORMALIZERS, RARE_NORMALIZERS);
  Object.assign(PRE_TOKENIZERS, RARE_PRE_TOKENIZERS);
  Object.assign(MODELS, { Unigram: unigram });
}
