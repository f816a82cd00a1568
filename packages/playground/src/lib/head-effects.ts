/** A head, and the size of the effect when it is silenced. */
export interface HeadEffect {
  readonly layer: number;
  readonly head: number;
  readonly size: number;
}

/** The `count` heads of the largest effect, in descending order. `sizes` is [layer][head]. */
export function largestEffects(sizes: ReadonlyArray<readonly number[]>, count: number): HeadEffect[] {
  return sizes
    .flatMap((heads, layer) => heads.map((size, head) => ({ layer, head, size })))
    .sort((a, b) => b.size - a.size)
    .slice(0, count);
}
