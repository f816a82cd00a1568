import type { LastRow } from '../../engine/jobs/generate-attend.ts';
import type { HeadChoice } from './state.ts';

/** The attention of one head to all tokens, or the average of a layer's heads, `[tokens]`. */
export function headRow({ heads, tokens, data }: LastRow, { layer, head }: HeadChoice): Float32Array {
  const rowOf = (index: number): Float32Array =>
    data.subarray((layer * heads + index) * tokens, (layer * heads + index + 1) * tokens);
  if (head !== undefined) return rowOf(head).slice();
  const mean = new Float32Array(tokens);
  for (let index = 0; index < heads; index += 1) {
    for (const [i, weight] of rowOf(index).entries()) mean[i]! += weight / heads;
  }
  return mean;
}
