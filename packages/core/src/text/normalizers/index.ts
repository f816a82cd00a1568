import { type Component, createComponent } from '../json/component.ts';
import { takeSteps } from '../pieces/limits.ts';
import { mapCharacters } from '../pieces/transform.ts';
import { bertNormalizer } from './bert.ts';
import type { Normalizer } from './normalizer.ts';
import { stripNormalizer } from './strip.ts';
import { normalizeForm } from './unicode-form.ts';

export type { Normalizer } from './normalizer.ts';

/** Normalizers by type: those that BERT's tokenizers need, and what `subword-components.ts` and `rare-components.ts` add. */
export const NORMALIZERS: Record<string, (component: Component) => Normalizer> = {
  BertNormalizer: bertNormalizer,
  Lowercase: () => (piece) => mapCharacters(piece, (character) => character.toLowerCase()),
  NFC: () => (piece) => normalizeForm(piece, 'NFC'),
  NFD: () => (piece) => normalizeForm(piece, 'NFD'),
  NFKC: () => (piece) => normalizeForm(piece, 'NFKC'),
  NFKD: () => (piece) => normalizeForm(piece, 'NFKD'),
  Sequence: (component) => {
    const normalizers = component.components('normalizers', createNormalizer);
    return (piece) =>
      normalizers.reduce((normalized, normalize) => {
        takeSteps(normalized.text.length, 'tokenizer: the normalizer');
        return normalize(normalized);
      }, piece);
  },
  Strip: stripNormalizer,
};

/** The normalizer of tokenizer.json. Throws `FormatError` for one that is invalid or not supported. */
export function createNormalizer(json: unknown, path = 'normalizer'): Normalizer {
  return createComponent(json, path, NORMALIZERS);
}
