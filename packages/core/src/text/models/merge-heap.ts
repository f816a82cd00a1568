/** A heap of merges: the one with the lowest rank comes first, of equal ones the leftmost. */
export class MergeHeap {
  /** Rank times 2³¹ plus position, which is exact in a double. */
  #keys = new Float64Array(64);
  length = 0;

  push(rank: number, position: number): void {
    if (this.length === this.#keys.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    const keys = this.#keys;
    const key = rank * 0x80000000 + position;
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  /** Frees what a long word needed. */
  shrink(): void {
    this.#keys = new Float64Array(64);
    this.length = 0;
  }

  /** Removes the first merge and returns its key. */
  pop(): number {
    const keys = this.#keys;
    const first = keys[0]!;
    const last = keys[--this.length]!;
    let at = 0;
    for (let child = 1; child < this.length; child = 2 * at + 1) {
      if (child + 1 < this.length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= last) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = last;
    return first;
  }
}

export const rankOfKey = (key: number): number => Math.floor(key / 0x80000000);
export const positionOfKey = (key: number): number => key % 0x80000000;
