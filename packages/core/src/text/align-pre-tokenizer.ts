import { HeadwiseError } from '../errors.ts';
import { alignPrepend, alignReplace } from './align-normalizer.ts';
import { type AlignedText, AlignedTextBuilder } from './aligned-text.ts';
import type { HfPreTokenizer } from './huggingface-tokenizers.ts';

/** Splits a text into pieces as `@huggingface/tokenizers` does and keeps their alignment. `sectionIndex` counts sections between added tokens. */
export function alignPreTokenize(
  preTokenizer: HfPreTokenizer,
  source: AlignedText,
  sectionIndex: number,
): AlignedText[] {
  const { config } = preTokenizer;
  if (preTokenizer.tokenizers) {
    return preTokenizer.tokenizers.reduce<AlignedText[]>(
      (pieces, step) =>
        step ? pieces.flatMap((piece) => alignPreTokenize(step, piece, sectionIndex)) : pieces,
      [source],
    );
  }
  const pieces = preTokenizer.pre_tokenize_text(source.text, { section_index: sectionIndex });
  if (preTokenizer.byte_encoder) {
    const prefix = preTokenizer.add_prefix_space && !source.text.startsWith(' ');
    const spaced = prefix ? alignPrepend(' ', source) : source;
    return locatePieces(pieces, alignByteLevel(spaced, preTokenizer.byte_encoder));
  }
  if (preTokenizer.str_rep !== undefined) {
    const spaced = alignReplace(/ /g, preTokenizer.str_rep.replaceAll('$', '$$$$'), source);
    const prefixed = pieces[0]?.length !== spaced.text.length;
    return locatePieces(pieces, prefixed ? alignPrepend(preTokenizer.str_rep, spaced) : spaced);
  }
  if (preTokenizer.content !== undefined && preTokenizer.pattern) {
    return locatePieces(pieces, alignReplace(preTokenizer.pattern, String(config?.content ?? ''), source));
  }
  return locatePieces(pieces, source);
}

/** Byte-level encoding: each UTF-8 byte of the text as the character that represents it. */
function alignByteLevel(source: AlignedText, alphabet: Readonly<Record<number, string>>): AlignedText {
  const builder = new AlignedTextBuilder();
  const encoder = new TextEncoder();
  let offset = 0;
  for (const character of source.text) {
    const bytes = Array.from(encoder.encode(character), (byte) => alphabet[byte]!).join('');
    builder.add(bytes, ...source.originalRange(offset, offset + character.length));
    offset += character.length;
  }
  return builder.build();
}

/** Finds the pieces in the text: they are substrings in order, and text between them was dropped. */
function locatePieces(pieces: readonly string[], source: AlignedText): AlignedText[] {
  let position = 0;
  return pieces.map((piece) => {
    const from = source.text.indexOf(piece, position);
    if (from < 0) {
      throw new HeadwiseError(
        'ERR_OFFSETS',
        `tokenizer: cannot compute offsets: the piece ${JSON.stringify(piece)} does not occur in the normalized text`,
      );
    }
    position = from + piece.length;
    return source.slice(from, position);
  });
}
