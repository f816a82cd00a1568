/**
 * Searches streamed text for stop strings and buffers text that may be the beginning of one. Special tokens that are left out of the text are hidden
 * text: they may be part of a stop string, and are never returned.
 */
export class StopStringMatcher {
  readonly #stops: readonly string[];
  #buffer = '';
  /** By character of the buffer, whether it is hidden. */
  #hidden: boolean[] = [];

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Whether there are any stop strings. */
  get isActive(): boolean {
    return this.#stops.length > 0;
  }

  /** Appends a piece, and then hidden text. Returns the text that cannot be part of a stop string, and the first stop string if one is complete. */
  push(piece: string, hidden = ''): { readonly text: string; readonly stop?: string } {
    const text = this.#buffer + piece + hidden;
    for (let i = this.#buffer.length; i < text.length; i++) {
      this.#hidden.push(i >= text.length - hidden.length);
    }
    this.#buffer = text;
    let match: { index: number; stop: string } | undefined;
    for (const stop of this.#stops) {
      const index = text.indexOf(stop);
      if (index >= 0 && (match === undefined || index < match.index)) match = { index, stop };
    }
    if (match) {
      const before = this.#take(match.index);
      this.#take(this.#buffer.length);
      return { text: before, stop: match.stop };
    }
    const partial = this.#stops.reduce((most, stop) => Math.max(most, partialMatchLength(text, stop)), 0);
    return { text: this.#take(text.length - partial) };
  }

  /** Returns the buffered rest at the end of the stream. */
  flush(): string {
    return this.#take(this.#buffer.length);
  }

  /** Removes the first `length` characters from the buffer, and returns those that are not hidden. */
  #take(length: number): string {
    const hidden = this.#hidden.splice(0, length);
    const taken = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    if (!hidden.includes(true)) return taken;
    let text = '';
    for (let i = 0; i < taken.length; i++) if (!hidden[i]) text += taken[i];
    return text;
  }
}

/** Length of the longest suffix of the text that is a proper prefix of the stop string. */
function partialMatchLength(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
