let segmenter: Intl.Segmenter | undefined;

/**
 * Buffers streamed text so that no grapheme cluster is split, such as 👩‍🔬, a flag, é as two code points or a Hangul syllable as jamo. A
 * cluster is emitted once the text after it shows that it is complete.
 */
export class GraphemeBuffer {
  #buffer = '';

  /** Appends a piece. Returns the clusters that are complete, possibly none. */
  push(piece: string): string {
    if (piece === '' || this.#buffer === '') {
      this.#buffer += piece;
      return '';
    }
    const text = this.#buffer + piece;
    const end = lastGraphemeBoundary(text, this.#buffer.length);
    this.#buffer = text.slice(end);
    return text.slice(0, end);
  }

  /** Returns the buffered rest at the end of the stream. */
  flush(): string {
    const rest = this.#buffer;
    this.#buffer = '';
    return rest;
  }
}

/** The last grapheme boundary at or before an index. */
function lastGraphemeBoundary(text: string, index: number): number {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text).containing(index)?.index ?? index;
}
