/** A head with the degrees by which the embedding turns when it is silenced. */
export interface HeadEffect {
  readonly layer: number;
  readonly head: number;
  readonly degrees: number;
}

/** The heads whose silence turns the embedding most, the largest first; `degrees` is by layer and head. */
export function mostMissed(degrees: ReadonlyArray<readonly number[]>, count: number): HeadEffect[] {
  return degrees
    .flatMap((heads, layer) => heads.map((turned, head) => ({ layer, head, degrees: turned })))
    .sort((a, b) => b.degrees - a.degrees)
    .slice(0, count);
}

/** The bar's length for an effect, 0 to 1 of the largest. */
export function barLength(degrees: number, largest: number): number {
  return largest > 0 ? Math.min(1, degrees / largest) : 0;
}
