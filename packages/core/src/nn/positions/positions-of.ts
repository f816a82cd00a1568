import type { Offsets } from '../../backend/backend.ts';

/** `first`, `first + 1`, … within each sequence. */
export function positionsOf(offsets: Offsets, first = 0): Int32Array {
  const positions = new Int32Array(offsets.at(-1) ?? 0);
  for (let s = 1; s < offsets.length; s++) {
    for (let i = offsets[s - 1]!; i < offsets[s]!; i++) positions[i] = first + i - offsets[s - 1]!;
  }
  return positions;
}
