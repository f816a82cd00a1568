/** Searches streamed text for stop strings and buffers text that may be the beginning of one. */
export class StopStringMatcher {
  readonly #stops: readonly string[];
  #buffer = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Appends a piece. Returns the text that cannot be part of a stop string, and the first stop string if one is complete. */
  push(piece: string): { readonly text: string; readonly stop?: string } {
    const text = this.#buffer + piece;
    let match: { index: number; stop: string } | undefined;
    for (const stop of this.#stops) {
      const index = text.indexOf(stop);
      if (index >= 0 && (match === undefined || index < match.index)) match = { index, stop };
    }
    if (match) {
      this.#buffer = '';
      return { text: text.slice(0, match.index), stop: match.stop };
    }
    const partial = this.#stops.reduce((most, stop) => Math.max(most, partialMatchLength(text, stop)), 0);
    this.#buffer = text.slice(text.length - partial);
    return { text: text.slice(0, text.length - partial) };
  }

  /** Returns the buffered rest at the end of the stream. */
  flush(): string {
    const rest = this.#buffer;
    this.#buffer = '';
    return rest;
  }
}

/** Length of the longest suffix of the text that is a proper prefix of the stop string. */
function partialMatchLength(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
