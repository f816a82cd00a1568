/** A pair of adjacent symbols and its count in the corpus. */
export interface SymbolPair {
  /** Ids of the symbols. */
  readonly left: number;
  readonly right: number;
  /** Occurrences, each weighted by the count of its word. */
  count: number;
  /** Words in which the pair has appeared since it was last queued. */
  pendingWords: number[];
}

/** A pair with the count that it had when it was queued. */
export interface MergeCandidate {
  readonly pair: SymbolPair;
  count: number;
  /** Words in which the pair may occur. */
  readonly words: readonly number[];
}

/** Whether `a` is merged before `b`: the higher count first, then the smaller pair of ids. */
function precedes(a: MergeCandidate, b: MergeCandidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}

/** A priority queue (binary heap) of merges. */
export class MergeQueue {
  readonly #heap: MergeCandidate[] = [];

  push(candidate: MergeCandidate): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(candidate);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!precedes(candidate, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = candidate;
  }

  /** Removes and returns the first candidate. */
  pop(): MergeCandidate | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child++;
      if (!precedes(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
