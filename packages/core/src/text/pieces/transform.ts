import { AlignedWriter, type Piece } from './alignment.ts';

/**
 * Calls `visit` for each character of a piece with its code point and original range, and returns the piece that it writes.
 */
export function rewrite(
  piece: Piece,
  visit: (code: number, writer: AlignedWriter, start: number, end: number) => void,
): Piece {
  const { text, alignment, from } = piece;
  const writer = new AlignedWriter(alignment.origin, text.length);
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i)!;
    const next = i + (code > 0xffff ? 2 : 1);
    visit(code, writer, alignment.startOf(from + i), alignment.endOf(from + next - 1));
    i = next;
  }
  return writer.finish();
}

/** Removes the characters that `isKept` rejects. */
export function filterCharacters(piece: Piece, isKept: (code: number) => boolean): Piece {
  for (const character of piece.text) {
    if (!isKept(character.codePointAt(0)!)) {
      return rewrite(piece, (code, writer, start, end) => {
        if (isKept(code)) writer.character(code, start, end);
      });
    }
  }
  return piece;
}

/** Replaces each character by others, which have its range. */
export function mapCharacters(piece: Piece, map: (character: string) => string): Piece {
  let changed = false;
  const mapped = rewrite(piece, (code, writer, start, end) => {
    const character = String.fromCodePoint(code);
    const to = map(character);
    changed ||= to !== character;
    for (const one of to) writer.character(one.codePointAt(0)!, start, end);
  });
  return changed ? mapped : piece;
}

/**
 * Applies changes to a text, as the library's `NormalizedString::transform` does: each new character replaces the next old one (`change`
 * 0), is inserted after the one before it (positive), or replaces the next old one while the `-change` ones after it are removed.
 */
export class Transformer {
  readonly #piece: Piece;
  readonly #writer: AlignedWriter;
  /** Position in the old text. */
  #at = 0;

  constructor(piece: Piece) {
    this.#piece = piece;
    this.#writer = new AlignedWriter(piece.alignment.origin, piece.text.length);
  }

  /** Keeps the old text up to `end` as it is. */
  keep(end: number): void {
    this.#writer.copy(this.#piece, this.#at, end);
    this.#at = end;
  }

  push(code: number, change: number): void {
    const { alignment, from } = this.#piece;
    const at = this.#at;
    if (change > 0) {
      // Before the first character there is none to share the range of.
      const none = at === 0 ? alignment.origin : undefined;
      this.#writer.character(code, none ?? this.#startBefore(at), none ?? alignment.endOf(from + at - 1));
      return;
    }
    const next = this.#next(at);
    this.#writer.character(code, alignment.startOf(from + at), alignment.endOf(from + next - 1));
    this.#at = next;
    for (let removed = 0; removed > change; removed--) this.#at = this.#next(this.#at);
  }

  finish(): Piece {
    return this.#writer.finish();
  }

  /** Position after the character at `at`. */
  #next(at: number): number {
    return Math.min(this.#piece.text.length, at + ((this.#piece.text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1));
  }

  #startBefore(at: number): number {
    const { text, alignment, from } = this.#piece;
    const pair = (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
    return alignment.startOf(from + at - (pair ? 2 : 1));
  }
}
