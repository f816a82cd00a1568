/** Looks for strings in a text that comes in pieces, and holds back what may become one of them. */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Takes a piece. Gives the text that can be shown now, and the stop string if one is there: nothing from it on is shown. */
  push(piece: string): { readonly text: string; readonly stop?: string } {
    const text = this.#held + piece;
    let found: { at: number; stop: string } | undefined;
    for (const stop of this.#stops) {
      const at = text.indexOf(stop);
      if (at >= 0 && (found === undefined || at < found.at)) found = { at, stop };
    }
    if (found) {
      this.#held = '';
      return { text: text.slice(0, found.at), stop: found.stop };
    }
    const held = this.#stops.reduce((most, stop) => Math.max(most, overlap(text, stop)), 0);
    this.#held = text.slice(text.length - held);
    return { text: text.slice(0, text.length - held) };
  }

  /** What was held back and has become none of them. */
  finish(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/** How much of a text's end is the beginning of a stop string. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
