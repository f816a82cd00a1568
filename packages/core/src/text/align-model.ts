import type { AlignedText } from './aligned-text.ts';
import type { LibraryModel } from './library.ts';

/** A token and the range of the text that it stands for. */
export interface AlignedToken {
  token: string;
  start: number;
  end: number;
}

/** The tokens of a text's pieces as the library finds them. */
export function alignTokens(model: LibraryModel, pieces: readonly AlignedText[]): AlignedToken[] {
  const tokens = pieces.flatMap((piece) => tokensOf(model, piece));
  return model.fuse_unk ? fuseUnknown(model, tokens) : tokens;
}

function tokensOf(model: LibraryModel, piece: AlignedText): AlignedToken[] {
  const tokens = model.encode([piece.text]);
  const [only] = tokens;
  // WordPiece gives up a whole word of which any part is unknown.
  if (only !== undefined && tokens.length === 1) {
    const [start, end] = piece.range(0, piece.text.length);
    return [{ token: only, start, end }];
  }
  let at = 0;
  /** Bytes of the character at `at` that tokens have stood for already. */
  let bytes = 0;
  return tokens.map((token, index) => {
    const part = spelling(model, token, index, tokens.length);
    let from = piece.text.startsWith(part, at) ? at : -1;
    let length = part.length;
    if (from < 0) {
      const character = String.fromCodePoint(piece.text.codePointAt(at) ?? 0x20);
      from = at;
      length = character.length;
      if (/^<0x[0-9A-F]{2}>$/.test(token)) {
        bytes = (bytes + 1) % new TextEncoder().encode(character).length;
        if (bytes > 0) {
          const [start, end] = piece.range(from, from + length);
          return { token, start, end };
        }
      } else if (token !== model.unk_token) {
        // Characters that no token stands for were left out before this one.
        from = Math.max(at, piece.text.indexOf(part, at));
        length = part.length;
      }
    }
    at = Math.min(piece.text.length, from + length);
    const [start, end] = piece.range(Math.min(from, at), at);
    return { token, start, end };
  });
}

/** The text that a token stands for, without what the vocabulary marks its place in a word with. */
function spelling(
  { config, end_of_word_suffix: ending }: LibraryModel,
  token: string,
  index: number,
  count: number,
): string {
  const { continuing_subword_prefix: prefix, continuing_subword_suffix: suffix } = config;
  let part = token;
  if (prefix && index > 0 && part.startsWith(prefix)) part = part.slice(prefix.length);
  if (suffix && index < count - 1 && part.endsWith(suffix)) part = part.slice(0, -suffix.length);
  if (ending && index === count - 1 && part.endsWith(ending)) part = part.slice(0, -ending.length);
  return part;
}

/** Takes unknown tokens that follow one another for one, as the library does. */
function fuseUnknown(
  { tokens_to_ids: ids, unk_token_id: unknown }: LibraryModel,
  tokens: readonly AlignedToken[],
): AlignedToken[] {
  const isUnknown = (token: string) => (ids.get(token) ?? unknown) === unknown;
  const fused: AlignedToken[] = [];
  let open = false;
  for (const token of tokens) {
    const last = fused.at(-1);
    if (open && last && isUnknown(token.token)) {
      if (ids.get(last.token) !== unknown) last.token += token.token;
      last.end = token.end;
      continue;
    }
    fused.push({ ...token });
    open = isUnknown(token.token);
  }
  return fused;
}
