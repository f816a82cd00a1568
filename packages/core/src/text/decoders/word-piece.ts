import type { Component } from '../json/component.ts';
import type { Decoder } from './decoder.ts';

/** Joins words by spaces, and subwords to the word before them. */
export function wordPieceDecoder(component: Component): Decoder {
  const prefix = component.string('prefix');
  const cleanup = component.boolean('cleanup');
  return (tokens) =>
    tokens.map((token, i) => {
      const part = i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUp(part) : part;
    });
}

/** Removes spaces before punctuation and in English contractions. */
export function cleanUp(text: string): string {
  return text
    .replaceAll(' .', '.')
    .replaceAll(' ?', '?')
    .replaceAll(' !', '!')
    .replaceAll(' ,', ',')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
}
