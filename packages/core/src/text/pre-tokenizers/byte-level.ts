import type { Component } from '../json/component.ts';
import { AlignedWriter, type Piece } from '../pieces/alignment.ts';
import { byteLevelText, writeByteLevel } from '../pieces/byte-level.ts';
import { translateRegex } from '../pieces/oniguruma.ts';
import { GPT2_PATTERN } from '../pieces/published-patterns.ts';
import { regexMatcher } from '../pieces/regex-matcher.ts';
import { prependTo } from '../pieces/replace.ts';
import { splitPiece } from '../pieces/split.ts';
import type { PreTokenizer } from './pre-tokenizer.ts';

/** Splits as GPT-2 does, unless `use_regex` is false, and replaces each byte by the character that stands for it. */
export function byteLevelPreTokenizer(component: Component): PreTokenizer {
  const addPrefixSpace = component.boolean('add_prefix_space');
  component.boolean('trim_offsets');
  const matcher = component.boolean('use_regex', true)
    ? regexMatcher(translateRegex(GPT2_PATTERN, component.path))
    : undefined;
  const known = new Map<string, string>();
  const bytesOf = (text: string): string => {
    let bytes = known.get(text);
    if (bytes === undefined) {
      bytes = byteLevelText(text);
      if (known.size < 20_000 && text.length < 64) known.set(text, bytes);
    }
    return bytes;
  };
  return (pieces) => {
    const all: Piece[] = [];
    let writer: AlignedWriter | undefined;
    const add = (piece: Piece) => {
      const bytes = bytesOf(piece.text);
      // The positions of ASCII do not change.
      if (bytes.length === piece.text.length) {
        all.push({ text: bytes, alignment: piece.alignment, from: piece.from });
        return;
      }
      // All words share one alignment, so that there is no array for each.
      writer ??= new AlignedWriter(piece.alignment.origin, 256);
      const from = writer.length;
      writeByteLevel(piece, bytes, writer);
      all.push({ text: bytes, alignment: writer.alignment, from });
    };
    for (const piece of pieces) {
      if (piece.tokenId !== undefined) {
        all.push(piece);
        continue;
      }
      const prefixed = addPrefixSpace && !piece.text.startsWith(' ') ? prependTo(piece, ' ') : piece;
      if (matcher) for (const word of splitPiece(prefixed, matcher(prefixed.text), 'Isolated')) add(word);
      else add(prefixed);
    }
    return all;
  };
}
