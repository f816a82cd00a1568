/** A head, and the rotation of the embedding in degrees when it is silenced. */
export interface HeadEffect {
  readonly layer: number;
  readonly head: number;
  readonly degrees: number;
}

/** The `count` heads of the largest effect, in descending order. `degrees` is [layer][head]. */
export function largestEffects(degrees: ReadonlyArray<readonly number[]>, count: number): HeadEffect[] {
  return degrees
    .flatMap((heads, layer) => heads.map((rotation, head) => ({ layer, head, degrees: rotation })))
    .sort((a, b) => b.degrees - a.degrees)
    .slice(0, count);
}

/** An effect as a fraction of the largest, from 0 to 1. */
export function relativeEffect(degrees: number, largest: number): number {
  return largest > 0 ? Math.min(1, degrees / largest) : 0;
}
