import { type Component, createComponent } from '../json/component.ts';
import { byteLevelPiece } from '../pieces/byte-level.ts';
import { readPattern } from '../pieces/pattern.ts';
import { filterCharacters, mapCharacters, prependTo, replaceMatches } from '../pieces/transform.ts';
import { COMBINING_MARKS } from '../unicode/categories.ts';
import { bertNormalizer } from './bert.ts';
import { nmt } from './nmt.ts';
import type { Normalizer } from './normalizer.ts';
import { precompiledNormalizer } from './precompiled.ts';
import { stripNormalizer } from './strip.ts';
import { normalizeForm } from './unicode-form.ts';

export type { Normalizer } from './normalizer.ts';

const TYPES: Readonly<Record<string, (component: Component) => Normalizer>> = {
  BertNormalizer: bertNormalizer,
  ByteLevel: () => byteLevelPiece,
  Lowercase: () => (piece) => mapCharacters(piece, (character) => character.toLowerCase()),
  NFC: () => (piece) => normalizeForm(piece, 'NFC'),
  NFD: () => (piece) => normalizeForm(piece, 'NFD'),
  NFKC: () => (piece) => normalizeForm(piece, 'NFKC'),
  NFKD: () => (piece) => normalizeForm(piece, 'NFKD'),
  Nmt: () => nmt,
  Precompiled: precompiledNormalizer,
  Prepend: (component) => {
    const prefix = component.string('prepend');
    return (piece) => prependTo(piece, prefix);
  },
  Replace: (component) => {
    const matcher = readPattern(component);
    const content = component.string('content');
    return (piece) => replaceMatches(piece, matcher(piece.text), content);
  },
  Sequence: (component) => {
    const normalizers = component.components('normalizers', createNormalizer);
    return (piece) => normalizers.reduce((normalized, normalize) => normalize(normalized), piece);
  },
  Strip: stripNormalizer,
  StripAccents: () => (piece) => filterCharacters(piece, (code) => !COMBINING_MARKS.has(code)),
};

/** The normalizer of tokenizer.json. Throws `FormatError` for one that is invalid or not supported. */
export function createNormalizer(json: unknown, path = 'normalizer'): Normalizer {
  return createComponent(json, path, TYPES);
}
