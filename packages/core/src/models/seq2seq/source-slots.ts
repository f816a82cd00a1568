/** A source text in a cache: consecutive rows. */
interface Source {
  readonly start: number;
  readonly length: number;
}

/** Rows that move when memory is laid out anew. */
export interface SourceMove {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** Memory laid out anew, so that new sources find room in it. */
export interface SourceLayout {
  /** How many rows there are then. */
  readonly rows: number;
  /** Where those that are in use go. */
  readonly moves: readonly SourceMove[];
  /** Where the new sources start. */
  readonly starts: readonly number[];
}

/**
 * Which source text each slot of a cache reads, and in which rows of the cache's memory it lies. Slots that are copied from one another
 * read the same text, which is there once.
 */
export class SourceRows {
  /** Of each slot. */
  #read: readonly (Source | undefined)[];
  /** Sources that are being written, for these slots. */
  #begun: readonly { readonly slot: number; readonly source: Source }[] = [];
  #rows = 0;

  constructor(slots: number) {
    this.#read = new Array<Source | undefined>(slots).fill(undefined);
  }

  /** How many rows of memory there are. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Finds rows for new sources of slots, which from now on read nothing until {@link commit}. If there is no room, gives a layout that has
   * it: memory has to become so, and {@link adopt} to be called, before anything else happens.
   */
  begin(slots: Int32Array, lengths: readonly number[]): SourceLayout | undefined {
    this.#read = this.#read.map((source, slot) => (slots.includes(slot) ? undefined : source));
    this.#begun = [];
    const held = this.#held();
    const starts = gapsFor(held, lengths, this.#rows);
    if (!starts) return layoutFor(held, lengths, this.#rows);
    this.#begun = begunAt(slots, lengths, starts);
    return undefined;
  }

  /** Memory has become as the layout says, which {@link begin} gave for these. */
  adopt({ rows, moves, starts }: SourceLayout, slots: Int32Array, lengths: readonly number[]): void {
    const moved = new Map(this.#held().map((source, i) => [source, { ...source, start: moves[i]!.to }]));
    this.#read = this.#read.map((source) => source && moved.get(source));
    this.#begun = begunAt(slots, lengths, starts);
    this.#rows = rows;
  }

  /** The new sources are written: their slots read them. */
  commit(): void {
    const begun = new Map(this.#begun.map(({ slot, source }) => [slot, source]));
    this.#begun = [];
    this.#read = this.#read.map((source, slot) => begun.get(slot) ?? source);
  }

  /** Where the sources that are being written go, in the order in which they were given. */
  pendingRanges(): { readonly starts: Int32Array; readonly lengths: Int32Array } {
    return rangesOf(this.#begun.map(({ source }) => source));
  }

  /** What slots read; undefined if one of them reads nothing. */
  rangesOf(slots: Int32Array): { readonly starts: Int32Array; readonly lengths: Int32Array } | undefined {
    const sources = Array.from(slots, (slot) => this.#read[slot]);
    return sources.every((source) => source !== undefined) ? rangesOf(sources) : undefined;
  }

  /** Slots read what others read, all at once. */
  copy(copies: readonly { readonly from: number; readonly to: number }[]): void {
    const from = new Map(copies.map((copy) => [copy.to, copy.from]));
    const before = this.#read;
    this.#read = before.map((_, slot) => before[from.get(slot) ?? slot]);
  }

  /** What is in use, in the order of its rows. */
  #held(): Source[] {
    const held = new Set(this.#read.filter((source) => source !== undefined));
    return [...held].sort((a, b) => a.start - b.start);
  }
}

/** The first gaps between sources that are `held`, in the order of their rows, that new ones fit into; undefined if one finds none. */
function gapsFor(
  held: readonly Source[],
  lengths: readonly number[],
  rows: number,
): readonly number[] | undefined {
  const taken = [...held];
  const starts: number[] = [];
  for (const length of lengths) {
    let start = 0;
    let at = 0;
    while (at < taken.length && taken[at]!.start - start < length) {
      start = taken[at]!.start + taken[at]!.length;
      at++;
    }
    if (start + length > rows) return undefined;
    starts.push(start);
    taken.splice(at, 0, { start, length });
  }
  return starts;
}

/** Everything in use side by side, then the new sources; if that is more than there is, in half as many rows again, or more. */
function layoutFor(held: readonly Source[], lengths: readonly number[], rows: number): SourceLayout {
  let end = 0;
  const next = (length: number) => {
    end += length;
    return end - length;
  };
  const moves = held.map(({ start, length }) => ({ from: start, to: next(length), length }));
  const starts = lengths.map(next);
  return { rows: end > rows ? Math.max(end, Math.ceil(rows * 1.5)) : rows, moves, starts };
}

function begunAt(slots: Int32Array, lengths: readonly number[], starts: readonly number[]) {
  return lengths.map((length, i) => ({ slot: slots[i]!, source: { start: starts[i]!, length } }));
}

function rangesOf(sources: readonly Source[]) {
  return {
    starts: Int32Array.from(sources, ({ start }) => start),
    lengths: Int32Array.from(sources, ({ length }) => length),
  };
}
