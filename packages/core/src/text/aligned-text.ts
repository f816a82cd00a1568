/**
 * A text that came out of another one, each UTF-16 unit of it with the range of the original that it came from. What a tokeniser does
 * to a text (normalising, spelling it in bytes, adding spaces) makes a new one; ranges always refer to the very first.
 */
export class AlignedText {
  readonly text: string;
  /** Of each unit: where its range starts and, exclusively, ends. Empty for a unit that was put in. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];

  constructor(text: string, starts: readonly number[], ends: readonly number[]) {
    this.text = text;
    this.starts = starts;
    this.ends = ends;
  }

  /** A piece of the original that begins at `from`. Both halves of a surrogate pair stand for all of it. */
  static of(text: string, from = 0): AlignedText {
    const builder = new AlignedTextBuilder();
    let at = from;
    for (const character of text) {
      builder.add(character, at, at + character.length);
      at += character.length;
    }
    return builder.build();
  }

  slice(from: number, to: number): AlignedText {
    return new AlignedText(this.text.slice(from, to), this.starts.slice(from, to), this.ends.slice(from, to));
  }

  /** The range of the original that units `from` to `to` came from. */
  range(from: number, to: number): [start: number, end: number] {
    if (from >= to) return [this.at(from), this.at(from)];
    let start = Infinity;
    let end = -Infinity;
    for (let i = from; i < to; i++) {
      start = Math.min(start, this.starts[i]!);
      end = Math.max(end, this.ends[i]!);
    }
    return [start, end];
  }

  /** The place in the original before unit `index`. */
  at(index: number): number {
    return this.starts[index] ?? this.ends.at(-1) ?? 0;
  }
}

/** Puts an {@link AlignedText} together. */
export class AlignedTextBuilder {
  #text = '';
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Adds units that all came from one range. */
  add(text: string, start: number, end: number): void {
    this.#text += text;
    for (let i = 0; i < text.length; i++) {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  /** Adds units `from` to `to` of another aligned text as they are. */
  keep(source: AlignedText, from: number, to: number): void {
    this.#text += source.text.slice(from, to);
    for (let i = from; i < to; i++) {
      this.#starts.push(source.starts[i]!);
      this.#ends.push(source.ends[i]!);
    }
  }

  build(): AlignedText {
    return new AlignedText(this.#text, this.#starts, this.#ends);
  }
}
