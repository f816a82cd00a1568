/** Layer and head index, from 0. */
export interface HeadId {
  readonly layer: number;
  readonly head: number;
}

/** What is done to a head: its context is multiplied by a factor, 0 to silence it; or it gets the average weights of its layer's heads. */
export interface HeadEdit extends HeadId {
  readonly edit: number | 'average';
}

/** The largest factor that a head may be scaled by, and the steps to it. */
export const MAX_FACTOR = 3;
export const FACTOR_STEP = 0.25;

export const isSameHead = (a: HeadId, b: HeadId): boolean => a.layer === b.layer && a.head === b.head;

/** The head itself, or the last of a model with fewer. */
export function nearestHead(
  { layer, head }: HeadId,
  { layers, heads }: { readonly layers: number; readonly heads: number },
): HeadId {
  return { layer: Math.min(layer, layers - 1), head: Math.min(head, heads - 1) };
}
