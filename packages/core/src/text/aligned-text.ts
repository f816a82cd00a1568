/**
 * A normalized text with its alignment to the original text: each UTF-16 code unit has the range of the original from which it was
 * produced. Every tokenizer step (normalization, byte-level encoding, prepended spaces) yields a new aligned text; ranges always refer to
 * the original.
 */
export class AlignedText {
  readonly text: string;
  /** Start of each code unit's range in the original. A range is empty for an inserted unit. */
  readonly starts: readonly number[];
  /** End (exclusive) of each code unit's range in the original. */
  readonly ends: readonly number[];

  constructor(text: string, starts: readonly number[], ends: readonly number[]) {
    this.text = text;
    this.starts = starts;
    this.ends = ends;
  }

  /** The text aligned to itself, starting at offset `from` of the original. Both halves of a surrogate pair get the range of the pair. */
  static identity(text: string, from = 0): AlignedText {
    const builder = new AlignedTextBuilder();
    let offset = from;
    for (const character of text) {
      builder.add(character, offset, offset + character.length);
      offset += character.length;
    }
    return builder.build();
  }

  slice(from: number, to: number): AlignedText {
    return new AlignedText(this.text.slice(from, to), this.starts.slice(from, to), this.ends.slice(from, to));
  }

  /** The smallest range of the original that covers units `from` to `to` (exclusive). */
  originalRange(from: number, to: number): [start: number, end: number] {
    if (from >= to) return [this.originalPosition(from), this.originalPosition(from)];
    let start = Infinity;
    let end = -Infinity;
    for (let i = from; i < to; i++) {
      start = Math.min(start, this.starts[i]!);
      end = Math.max(end, this.ends[i]!);
    }
    return [start, end];
  }

  /** The position in the original before unit `index`. */
  originalPosition(index: number): number {
    return this.starts[index] ?? this.ends.at(-1) ?? 0;
  }
}

/** Builds an {@link AlignedText}. */
export class AlignedTextBuilder {
  #text = '';
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Appends units that all map to one range of the original. */
  add(text: string, start: number, end: number): void {
    this.#text += text;
    for (let i = 0; i < text.length; i++) {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  /** Appends units `from` to `to` (exclusive) of another aligned text with their ranges. */
  copy(source: AlignedText, from: number, to: number): void {
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
