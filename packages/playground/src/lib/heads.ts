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

/** What is done to a head after some steps more or less of its factor. */
export function scaled(edit: HeadEdit['edit'], steps: number): number {
  const factor = (edit === 'average' ? 1 : edit) + steps * FACTOR_STEP;
  return Math.min(MAX_FACTOR, Math.max(0, factor));
}

/** What is done to a head; 1 for nothing. */
export function editOf(edits: readonly HeadEdit[], head: HeadId): HeadEdit['edit'] {
  return edits.find((other) => isSameHead(other, head))?.edit ?? 1;
}

/** Edits with that of a head changed, in the order of the layers; 1 takes it away. */
export function withEdit(
  edits: readonly HeadEdit[],
  { layer, head }: HeadId,
  edit: HeadEdit['edit'],
): readonly HeadEdit[] {
  const others = edits.filter((other) => !isSameHead(other, { layer, head }));
  const all = edit === 1 ? others : [...others, { layer, head, edit }];
  return all.sort((a, b) => a.layer - b.layer || a.head - b.head);
}

/** The kinds of attention of an encoder–decoder. */
export const SIDES = ['encoder', 'decoder', 'cross'] as const;
export type Side = (typeof SIDES)[number];

/** An edit of a head of an encoder–decoder. */
export interface SideEdit extends HeadEdit {
  readonly side: Side;
}

export const isSameHead = (a: HeadId, b: HeadId): boolean => a.layer === b.layer && a.head === b.head;

/** The head itself, or the last of a model with fewer. */
export function nearestHead(
  { layer, head }: HeadId,
  { layers, heads }: { readonly layers: number; readonly heads: number },
): HeadId {
  return { layer: Math.min(layer, layers - 1), head: Math.min(head, heads - 1) };
}
