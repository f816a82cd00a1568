let segmenter: Intl.Segmenter | undefined;

/**
 * Cuts a text that comes in pieces so that no character as people see it is taken apart: 👩‍🔬, a flag, é of two code points or a Hangul
 * syllable of letters. A piece is given once the next one has shown that it does not change its last character.
 */
export class WholeCharacters {
  #held = '';

  /** Takes a piece. Gives what can be shown now, which may be nothing. */
  push(piece: string): string {
    if (piece === '' || this.#held === '') {
      this.#held += piece;
      return '';
    }
    const text = this.#held + piece;
    const end = lastBoundary(text, this.#held.length);
    this.#held = text.slice(end);
    return text.slice(0, end);
  }

  /** What is left when no more comes. */
  finish(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/** The last boundary between characters at or before an index. */
function lastBoundary(text: string, index: number): number {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text).containing(index)?.index ?? index;
}
