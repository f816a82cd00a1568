import type { Component } from '../json/component.ts';
import { AlignedWriter, type Piece } from '../pieces/alignment.ts';
import { replaceMatches } from '../pieces/replace.ts';
import { splitPiece, stringMatcher } from '../pieces/split.ts';
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
  const isPrepended = (piece: Piece) =>
    (scheme === 'always' || (scheme === 'first' && piece.alignment.startOf(piece.from) === 0)) &&
    !piece.text.startsWith(replacement) &&
    !piece.text.startsWith(' ');
  return (pieces) => {
    // All pieces share one alignment, so that there is no array for each.
    let writer: AlignedWriter | undefined;
    const prepend = (piece: Piece, text: string): Piece => {
      const { alignment, from } = piece;
      writer ??= new AlignedWriter(alignment.origin, 256);
      const start = writer.length;
      const first = text.codePointAt(0)! > 0xffff ? 2 : 1;
      for (let i = 0; i < replacement.length; i++)
        writer.unit(0, alignment.startOf(from), alignment.endOf(from + first - 1));
      writer.copy(piece, 0, text.length);
      return { text: replacement + text, alignment: writer.alignment, from: start };
    };
    return splitEach((piece) => {
      const replaced =
        replacement.length === 1
          ? { ...piece, text: piece.text.replaceAll(' ', replacement) }
          : replaceMatches(piece, spaces(piece.text), replacement);
      const words = isPrepended(piece) ? prepend(replaced, replaced.text) : replaced;
      return split ? splitPiece(words, replacements(words.text), 'MergedWithNext') : [words];
    })(pieces);
  };
}
