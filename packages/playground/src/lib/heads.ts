/** Layer and head index, from 0. */
export interface HeadId {
  readonly layer: number;
  readonly head: number;
}

export const isSameHead = (a: HeadId, b: HeadId): boolean => a.layer === b.layer && a.head === b.head;

/** The head itself, or the last of a model with fewer. */
export function nearestHead(
  { layer, head }: HeadId,
  { layers, heads }: { readonly layers: number; readonly heads: number },
): HeadId {
  return { layer: Math.min(layer, layers - 1), head: Math.min(head, heads - 1) };
}
