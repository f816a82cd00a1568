import type { Offsets } from '../backend/backend.ts';

/**
 * The positions of models that count tokens other than padding, as Transformers' `create_position_ids_from_input_ids` (RoBERTa, MPNet, M2M100): a
 * padding token within a text is at `padding.position`, and the tokens after it are one position further to the front. `positions` are those of
 * texts without padding; they are returned if there is none.
 */
export function skipPadding(
  positions: Int32Array,
  ids: Int32Array,
  offsets: Offsets,
  padding: { readonly id: number; readonly position: number },
): Int32Array {
  if (!ids.includes(padding.id)) return positions;
  const counted = positions.slice();
  for (let s = 1; s < offsets.length; s++) {
    let skipped = 0;
    for (let i = offsets[s - 1]!; i < offsets[s]!; i++) {
      if (ids[i] === padding.id) {
        counted[i] = padding.position;
        skipped++;
      } else {
        counted[i]! -= skipped;
      }
    }
  }
  return counted;
}
