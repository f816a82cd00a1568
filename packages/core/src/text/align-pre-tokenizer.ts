import { HeadwiseError } from '../errors.ts';
import { alignPrepend, alignReplace } from './align-normalizer.ts';
import { type AlignedText, AlignedTextBuilder } from './aligned-text.ts';
import type { LibraryPreTokenizer } from './library.ts';

/** Cuts a text into the pieces that the library cuts it into, and keeps track of where everything came from. */
export function alignPreTokenize(
  preTokenizer: LibraryPreTokenizer,
  source: AlignedText,
  section: number,
): AlignedText[] {
  const { config } = preTokenizer;
  if (preTokenizer.tokenizers) {
    return preTokenizer.tokenizers.reduce<AlignedText[]>(
      (pieces, step) => (step ? pieces.flatMap((piece) => alignPreTokenize(step, piece, section)) : pieces),
      [source],
    );
  }
  const pieces = preTokenizer.pre_tokenize_text(source.text, { section_index: section });
  if (preTokenizer.byte_encoder) {
    const prefix = preTokenizer.add_prefix_space && !source.text.startsWith(' ');
    const spaced = prefix ? alignPrepend(' ', source) : source;
    return locate(pieces, spellInBytes(spaced, preTokenizer.byte_encoder));
  }
  if (preTokenizer.str_rep !== undefined) {
    const spaced = alignReplace(/ /g, preTokenizer.str_rep.replaceAll('$', '$$$$'), source);
    const prefixed = pieces[0]?.length !== spaced.text.length;
    return locate(pieces, prefixed ? alignPrepend(preTokenizer.str_rep, spaced) : spaced);
  }
  if (preTokenizer.content !== undefined && preTokenizer.pattern) {
    return locate(pieces, alignReplace(preTokenizer.pattern, String(config?.content ?? ''), source));
  }
  return locate(pieces, source);
}

/** Every byte of the text's UTF-8 as the character that stands for it. */
function spellInBytes(source: AlignedText, alphabet: Readonly<Record<number, string>>): AlignedText {
  const builder = new AlignedTextBuilder();
  const encoder = new TextEncoder();
  let at = 0;
  for (const character of source.text) {
    const bytes = Array.from(encoder.encode(character), (byte) => alphabet[byte]!).join('');
    builder.add(bytes, ...source.range(at, at + character.length));
    at += character.length;
  }
  return builder.build();
}

/** Pieces are parts of the text in its order; what lies between them was left out. */
function locate(pieces: readonly string[], source: AlignedText): AlignedText[] {
  let at = 0;
  return pieces.map((piece) => {
    const from = source.text.indexOf(piece, at);
    if (from < 0) {
      throw new HeadwiseError(
        'ERR_OFFSETS',
        `tokenizer: cannot tell where in the text ${JSON.stringify(piece)} is`,
      );
    }
    at = from + piece.length;
    return source.slice(from, at);
  });
}
