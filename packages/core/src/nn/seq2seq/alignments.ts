import type { Activation } from '../../hooks/hooks.ts';
import type { FloatArray } from '../torch/float-array.ts';

/** The activations that are the alignments. */
export const ALIGNMENTS = 'decoder.steps.*.attention.weights';

/** The recorded attention weights of sequence `s` at its first `steps` steps to its `length` source tokens: `[steps, length]`. */
export function alignmentsOf(
  recorded: ReadonlyMap<string, Activation>,
  s: number,
  steps: number,
  length: number,
): FloatArray {
  const rows = Array.from({ length: steps }, (_, i) => {
    const { data, shape } = recorded.get(`decoder.steps.${i}.attention.weights`)!;
    const longest = shape[3] ?? 0;
    return data.subarray(s * longest, s * longest + length);
  });
  return { data: concatRows(rows, length), shape: [steps, length] };
}

/** Rows of equal width, one after another. */
export function concatRows(rows: readonly Float32Array[], width: number): Float32Array {
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) data.set(row, i * width);
  return data;
}
