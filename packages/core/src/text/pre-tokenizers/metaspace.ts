import type { Component } from '../json/component.ts';
import { splitPiece, stringMatcher } from '../pieces/split.ts';
import { prependTo, replaceMatches } from '../pieces/transform.ts';
import { type PreTokenizer, splitEach } from './pre-tokenizer.ts';

export interface MetaspaceOptions {
  readonly replacement: string;
  readonly scheme: 'first' | 'never' | 'always';
  readonly split: boolean;
}

export function readMetaspace(component: Component): MetaspaceOptions {
  const replacement = component.character('replacement');
  const scheme = component.choice('prepend_scheme', ['first', 'never', 'always'], 'always');
  component.value('str_rep');
  if (!component.boolean('add_prefix_space', true) && scheme !== 'never')
    throw component.error('add_prefix_space', `must be true if prepend_scheme is ${scheme}`);
  return { replacement, scheme, split: component.boolean('split', true) };
}

/** SentencePiece's words: a replacement for each space, and before the text if `prepend_scheme` says so. */
export function metaspacePreTokenizer(component: Component): PreTokenizer {
  const { replacement, scheme, split } = readMetaspace(component);
  const spaces = stringMatcher(' ');
  const replacements = stringMatcher(replacement);
  return splitEach((piece) => {
    let words = replaceMatches(piece, spaces(piece.text), replacement);
    const isPrepended = scheme === 'always' || (scheme === 'first' && piece.alignment.startOf(piece.from) === 0);
    if (isPrepended && !words.text.startsWith(replacement)) words = prependTo(words, replacement);
    return split ? splitPiece(words, replacements(words.text), 'MergedWithNext') : [words];
  });
}
