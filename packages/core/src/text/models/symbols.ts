import { MergeHeap, positionOfKey, rankOfKey } from './merge-heap.ts';
import type { Merges } from './merges.ts';
import type { Word } from './model.ts';

/** Length of the arrays that are kept for the next word. */
const MOST_KEPT = 65_536;

/** The symbols of a word, which BPE merges. */
export class Symbols {
  #ids = new Int32Array(64);
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  /** Length in bytes; 0 for a symbol that was merged into the one before it. */
  #bytes = new Int32Array(64);
  #previous = new Int32Array(64);
  #next = new Int32Array(64);
  readonly #heap = new MergeHeap();
  #length = 0;

  clear(): void {
    this.#length = 0;
    if (this.#ids.length <= MOST_KEPT) return;
    this.#ids = new Int32Array(64);
    this.#starts = new Int32Array(64);
    this.#ends = new Int32Array(64);
    this.#bytes = new Int32Array(64);
    this.#previous = new Int32Array(64);
    this.#next = new Int32Array(64);
    this.#heap.shrink();
  }

  /** Appends a symbol with its range in the word and its number of bytes. */
  add(id: number, start: number, end: number, bytes: number): void {
    const i = this.#length++;
    if (i === this.#ids.length) this.#grow();
    this.#ids[i] = id;
    this.#starts[i] = start;
    this.#ends[i] = end;
    this.#bytes[i] = bytes;
  }

  /** Merges pairs, those of the lowest rank first, in time n log n. */
  merge(merges: Merges): void {
    const { length } = this;
    const heap = this.#heap;
    const [ids, previous, next] = [this.#ids, this.#previous, this.#next];
    const push = (left: number) => {
      const rank = merges.rankOf(ids[left]!, ids[next[left]!]!);
      if (rank >= 0) heap.push(rank, left);
    };
    for (let i = 0; i < length; i++) {
      previous[i] = i - 1;
      next[i] = i + 1;
    }
    for (let i = 0; i < length - 1; i++) push(i);
    while (heap.length > 0) {
      const key = heap.pop();
      const left = positionOfKey(key);
      const rank = rankOfKey(key);
      const right = next[left]!;
      // A symbol that was merged since, or that has another neighbour.
      if (this.#bytes[left] === 0 || right >= length || merges.rankOf(ids[left]!, ids[right]!) !== rank)
        continue;
      ids[left] = merges.merged[rank]!;
      this.#ends[left] = this.#ends[right]!;
      this.#bytes[left]! += this.#bytes[right]!;
      this.#bytes[right] = 0;
      next[left] = next[right]!;
      if (next[left]! < length) {
        previous[next[left]!] = left;
        push(left);
      }
      if (previous[left]! >= 0) push(previous[left]!);
    }
  }

  get length(): number {
    return this.#length;
  }

  /** The symbols that are left, as tokens. */
  toWord(tokens: readonly (string | undefined)[]): Word {
    const word = {
      ids: [] as number[],
      starts: [] as number[],
      ends: [] as number[],
      tokens: [] as string[],
    };
    for (let i = 0; i < this.#length; i++) {
      if (this.#bytes[i] === 0) continue;
      word.ids.push(this.#ids[i]!);
      word.starts.push(this.#starts[i]!);
      word.ends.push(this.#ends[i]!);
      word.tokens.push(tokens[this.#ids[i]!]!);
    }
    return word;
  }

  /**
   * Places the symbols one after another by their numbers of bytes, as the library does. It makes a difference if bytes of the word belong
   * to no symbol.
   */
  placeByBytes(word: string): void {
    const starts: number[] = [];
    const ends: number[] = [];
    for (let i = 0; i < word.length; ) {
      const code = word.codePointAt(i)!;
      const end = i + (code > 0xffff ? 2 : 1);
      for (let bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; bytes > 0; bytes--) {
        starts.push(i);
        ends.push(end);
      }
      i = end;
    }
    let at = 0;
    for (let i = 0; i < this.#length; i++) {
      const bytes = this.#bytes[i]!;
      if (bytes === 0) continue;
      this.#starts[i] = starts[Math.min(at, starts.length - 1)]!;
      at += bytes;
      this.#ends[i] = ends[Math.min(at, ends.length) - 1]!;
    }
  }

  #grow(): void {
    const grown = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(array.length * 2);
      larger.set(array);
      return larger;
    };
    this.#ids = grown(this.#ids);
    this.#starts = grown(this.#starts);
    this.#ends = grown(this.#ends);
    this.#bytes = grown(this.#bytes);
    this.#previous = grown(this.#previous);
    this.#next = grown(this.#next);
  }
}
