import type { Component } from '../json/component.ts';
import { readMetaspace } from '../pre-tokenizers/metaspace.ts';
import type { Decoder } from './decoder.ts';

/** Puts spaces for SentencePiece's marks, but for the first. */
export function decodeMetaspace(component: Component): Decoder {
  const { replacement, scheme } = readMetaspace(component);
  return (tokens) =>
    tokens.map((token, i) => token.replaceAll(replacement, i === 0 && scheme !== 'never' ? '' : ' '));
}
