/** Layer and head index, from 0. */
export interface HeadId {
  readonly layer: number;
  readonly head: number;
}

export const isSameHead = (a: HeadId, b: HeadId): boolean => a.layer === b.layer && a.head === b.head;
