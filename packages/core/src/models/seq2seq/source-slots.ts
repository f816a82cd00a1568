/** The consecutive rows of a source text in the cache. */
interface Source {
  readonly start: number;
  readonly length: number;
}

/** Rows to move to another place. */
export interface SourceMove {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** A new layout of the memory, with space for new sources. */
export interface SourceLayout {
  /** Total rows. */
  readonly rows: number;
  /** Moves of the sources in use. */
  readonly moves: readonly SourceMove[];
  /** First rows of the new sources. */
  readonly starts: readonly number[];
}

/**
 * Allocates rows of a cache's memory to source texts, and tracks the source of each slot. Copied slots share their source.
 */
export class SourceRows {
  /** The source of each slot. */
  #sources: readonly (Source | undefined)[];
  /** Sources whose keys and values are not yet stored, and their slots. */
  #pending: readonly { readonly slot: number; readonly source: Source }[] = [];
  #rows = 0;

  constructor(slots: number) {
    this.#sources = new Array<Source | undefined>(slots).fill(undefined);
  }

  /** Total rows of the memory. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Allocates rows for new sources of `slots`, which have no source until {@link commit}. If there is no space, returns a layout that has it:
   * the caller moves the memory accordingly and calls {@link adopt}.
   */
  begin(slots: Int32Array, lengths: readonly number[]): SourceLayout | undefined {
    this.#sources = this.#sources.map((source, slot) => (slots.includes(slot) ? undefined : source));
    this.#pending = [];
    const inUse = this.#inUse();
    const starts = gapsFor(inUse, lengths, this.#rows);
    if (!starts) return layoutFor(inUse, lengths, this.#rows);
    this.#pending = pendingAt(slots, lengths, starts);
    return undefined;
  }

  /** Takes over the layout that {@link begin} returned for these slots. */
  adopt({ rows, moves, starts }: SourceLayout, slots: Int32Array, lengths: readonly number[]): void {
    const moved = new Map(this.#inUse().map((source, i) => [source, { ...source, start: moves[i]!.to }]));
    this.#sources = this.#sources.map((source) => source && moved.get(source));
    this.#pending = pendingAt(slots, lengths, starts);
    this.#rows = rows;
  }

  /** Assigns the new sources to their slots. */
  commit(): void {
    const pending = new Map(this.#pending.map(({ slot, source }) => [slot, source]));
    this.#pending = [];
    this.#sources = this.#sources.map((source, slot) => pending.get(slot) ?? source);
  }

  /** The rows of the sources that are not yet committed, in the order of {@link begin}. */
  pendingRanges(): { readonly starts: Int32Array; readonly lengths: Int32Array } {
    return rangesOf(this.#pending.map(({ source }) => source));
  }

  /** The rows of the slots' sources; undefined if a slot has none. */
  rangesOf(slots: Int32Array): { readonly starts: Int32Array; readonly lengths: Int32Array } | undefined {
    const sources = Array.from(slots, (slot) => this.#sources[slot]);
    return sources.every((source) => source !== undefined) ? rangesOf(sources) : undefined;
  }

  /** Slots take over the sources of others, all at once. */
  copy(copies: readonly { readonly from: number; readonly to: number }[]): void {
    const from = new Map(copies.map((copy) => [copy.to, copy.from]));
    const before = this.#sources;
    this.#sources = before.map((_, slot) => before[from.get(slot) ?? slot]);
  }

  /** The sources in use, in the order of their rows. */
  #inUse(): Source[] {
    const inUse = new Set(this.#sources.filter((source) => source !== undefined));
    return [...inUse].sort((a, b) => a.start - b.start);
  }
}

/** First fit: the first rows of gaps between the sources `inUse`, for new ones of `lengths`; undefined if one does not fit. */
function gapsFor(
  inUse: readonly Source[],
  lengths: readonly number[],
  rows: number,
): readonly number[] | undefined {
  const occupied = [...inUse];
  const starts: number[] = [];
  for (const length of lengths) {
    let start = 0;
    let at = 0;
    while (at < occupied.length && occupied[at]!.start - start < length) {
      start = occupied[at]!.start + occupied[at]!.length;
      at++;
    }
    if (start + length > rows) return undefined;
    starts.push(start);
    occupied.splice(at, 0, { start, length });
  }
  return starts;
}

/** Compacts the sources in use and appends the new ones. If they need more rows than there are, the memory grows by half or more. */
function layoutFor(inUse: readonly Source[], lengths: readonly number[], rows: number): SourceLayout {
  let end = 0;
  const next = (length: number) => {
    end += length;
    return end - length;
  };
  const moves = inUse.map(({ start, length }) => ({ from: start, to: next(length), length }));
  const starts = lengths.map(next);
  return { rows: end > rows ? Math.max(end, Math.ceil(rows * 1.5)) : rows, moves, starts };
}

function pendingAt(slots: Int32Array, lengths: readonly number[], starts: readonly number[]) {
  return lengths.map((length, i) => ({ slot: slots[i]!, source: { start: starts[i]!, length } }));
}

function rangesOf(sources: readonly Source[]) {
  return {
    starts: Int32Array.from(sources, ({ start }) => start),
    lengths: Int32Array.from(sources, ({ length }) => length),
  };
}
