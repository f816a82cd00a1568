import type { AlignedText } from './aligned-text.ts';
import type { HfModel } from './huggingface-tokenizers.ts';

/** A token with its offsets: `[start, end)` in UTF-16 code units of the original text. */
export interface AlignedToken {
  token: string;
  start: number;
  end: number;
}

/** Tokenizes pre-tokenized pieces with the model, as `@huggingface/tokenizers` does, and adds each token's offsets. */
export function alignTokens(model: HfModel, pieces: readonly AlignedText[]): AlignedToken[] {
  const tokens = pieces.flatMap((piece) => alignPiece(model, piece));
  return model.fuse_unk ? fuseUnknown(model, tokens) : tokens;
}

function alignPiece(model: HfModel, piece: AlignedText): AlignedToken[] {
  const tokens = model.encode([piece.text]);
  const [single] = tokens;
  // WordPiece replaces a whole word by one unknown token if any surface of it is unknown.
  if (single !== undefined && tokens.length === 1) {
    const [start, end] = piece.originalRange(0, piece.text.length);
    return [{ token: single, start, end }];
  }
  let position = 0;
  /** Bytes of the character at `position` that preceding byte tokens cover. */
  let bytesCovered = 0;
  return tokens.map((token, index) => {
    const surface = stripAffixes(model, token, index, tokens.length);
    let from = position;
    let { length } = surface;
    if (!piece.text.startsWith(surface, position)) {
      const character = String.fromCodePoint(piece.text.codePointAt(position) ?? 0x20);
      length = character.length;
      if (/^<0x[0-9A-F]{2}>$/.test(token)) {
        bytesCovered = (bytesCovered + 1) % new TextEncoder().encode(character).length;
        if (bytesCovered > 0) {
          const [start, end] = piece.originalRange(from, from + length);
          return { token, start, end };
        }
      } else if (token !== model.unk_token) {
        // The model dropped characters before this token.
        from = Math.max(position, piece.text.indexOf(surface, position));
        ({ length } = surface);
      }
    }
    position = Math.min(piece.text.length, from + length);
    const [start, end] = piece.originalRange(Math.min(from, position), position);
    return { token, start, end };
  });
}

/** The token without the prefix or suffix by which the vocabulary marks its position in a word, such as `##`. */
function stripAffixes(
  { config, end_of_word_suffix: ending }: HfModel,
  token: string,
  index: number,
  count: number,
): string {
  const { continuing_subword_prefix: prefix, continuing_subword_suffix: suffix } = config;
  let surface = token;
  if (prefix && index > 0 && surface.startsWith(prefix)) surface = surface.slice(prefix.length);
  if (suffix && index < count - 1 && surface.endsWith(suffix)) surface = surface.slice(0, -suffix.length);
  if (ending && index === count - 1 && surface.endsWith(ending)) surface = surface.slice(0, -ending.length);
  return surface;
}

/** Merges consecutive unknown tokens (`fuse_unk`), as `@huggingface/tokenizers` does. */
function fuseUnknown(
  { tokens_to_ids: ids, unk_token_id: unknown }: HfModel,
  tokens: readonly AlignedToken[],
): AlignedToken[] {
  const isUnknown = (token: string) => (ids.get(token) ?? unknown) === unknown;
  const fused: AlignedToken[] = [];
  let previousIsUnknown = false;
  for (const token of tokens) {
    const previous = fused.at(-1);
    if (previousIsUnknown && previous && isUnknown(token.token)) {
      if (ids.get(previous.token) !== unknown) previous.token += token.token;
      previous.end = token.end;
      continue;
    }
    fused.push({ ...token });
    previousIsUnknown = isUnknown(token.token);
  }
  return fused;
}
