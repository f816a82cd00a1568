import { checkGrowth } from './limits.ts';

/**
 * For each UTF-16 unit of a normalized text, the range of the character of the original text that it came from. Both units of a surrogate
 * pair have the same range.
 *
 * Without arrays, the text is a part of the original: unit `i` is unit `origin + i` there.
 */
export class Alignment {
  /** Where the section of the original text begins. */
  readonly origin: number;
  starts: Int32Array | undefined;
  ends: Int32Array | undefined;

  constructor(origin: number, starts?: Int32Array, ends?: Int32Array) {
    this.origin = origin;
    this.starts = starts;
    this.ends = ends;
  }

  /** Start of the original range of the character whose first unit is `i`. */
  startOf(i: number): number {
    return this.starts ? this.starts[i]! : this.origin + i;
  }

  /** End of the original range of the character whose last unit is `i`. */
  endOf(i: number): number {
    return this.ends ? this.ends[i]! : this.origin + i + 1;
  }
}

/** A part of a normalized text. Unit `i` of `text` has the alignment of unit `from + i`. */
export interface Piece {
  readonly text: string;
  readonly alignment: Alignment;
  readonly from: number;
  /** Id of the added token that the piece is. It is not tokenized further. */
  readonly tokenId?: number;
}

/** The whole of an original text. */
export const wholeText = (text: string): Piece => ({ text, alignment: new Alignment(0), from: 0 });

export function slicePiece({ text, alignment, from }: Piece, start: number, end: number): Piece {
  return { text: text.slice(start, end), alignment, from: from + start };
}

/** Appends characters together with the original ranges that they came from. */
export class AlignedWriter {
  /** Alignment of the written characters, complete after `finish`. */
  readonly alignment: Alignment;
  #units: Uint16Array;
  #starts: Int32Array;
  #ends: Int32Array;
  length = 0;

  constructor(origin: number, capacity: number) {
    const size = capacity + 16;
    this.#units = new Uint16Array(size);
    this.#starts = new Int32Array(size);
    this.#ends = new Int32Array(size);
    this.alignment = new Alignment(origin, this.#starts, this.#ends);
  }

  /** Appends a UTF-16 unit. */
  unit(unit: number, start: number, end: number): void {
    const i = this.length++;
    if (i === this.#units.length) this.#grow();
    this.#units[i] = unit;
    this.#starts[i] = start;
    this.#ends[i] = end;
  }

  /** Appends a character. */
  character(code: number, start: number, end: number): void {
    if (code < 0x10000) {
      this.unit(code, start, end);
    } else {
      this.unit(0xd800 + ((code - 0x10000) >> 10), start, end);
      this.unit(0xdc00 + ((code - 0x10000) & 0x3ff), start, end);
    }
  }

  /** Appends units `start` to `end` of a piece as they are. */
  copy({ text, alignment, from }: Piece, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      const unit = text.charCodeAt(i);
      if (alignment.starts) this.unit(unit, alignment.startOf(from + i), alignment.endOf(from + i));
      else {
        // Both units of a pair have the range of the pair.
        const first = isLow(unit) ? i - 1 : i;
        this.unit(
          unit,
          alignment.origin + from + first,
          alignment.origin + from + first + (isSurrogate(unit) ? 2 : 1),
        );
      }
    }
  }

  /** The characters from `start` on. */
  text(start = 0): string {
    let text = '';
    for (let i = start; i < this.length; i += 8192) {
      const units = this.#units.subarray(i, Math.min(i + 8192, this.length));
      // Typed arrays are array-like, which is all that `apply` needs.
      text += String.fromCharCode.apply(null, units as unknown as number[]);
    }
    return text;
  }

  /** All that was written, as one piece. */
  finish(): Piece {
    return { text: this.text(), alignment: this.alignment, from: 0 };
  }

  #grow(): void {
    const size = this.#units.length * 2;
    checkGrowth(this.length, 'the normalizer');
    const grown = <T extends Uint16Array | Int32Array>(array: T, larger: T): T => {
      larger.set(array);
      return larger;
    };
    this.#units = grown(this.#units, new Uint16Array(size));
    this.#starts = grown(this.#starts, new Int32Array(size));
    this.#ends = grown(this.#ends, new Int32Array(size));
    this.alignment.starts = this.#starts;
    this.alignment.ends = this.#ends;
  }
}

const isSurrogate = (unit: number) => (unit & 0xf800) === 0xd800;
const isLow = (unit: number) => (unit & 0xfc00) === 0xdc00;
