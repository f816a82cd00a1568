import { operation } from './operation.ts';

export interface RotaryParameters {
  readonly rows: number;
  readonly heads: number;
  readonly headDim: number;
  /** Rotated feature pairs of each head. */
  readonly pairs: number;
  readonly layout: 'half' | 'interleaved';
  /** Random positions below this; default: the positions 0 … rows − 1 in order. */
  readonly positions?: number;
  readonly strided?: boolean;
}

export interface RotaryValues {
  /** `[rows, heads · headDim]` */
  readonly x: Float32Array;
  /** `[positions, pairs]` each. Not of angles: the operation is linear in both. */
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
  /** `[rows]` */
  readonly positions: Int32Array;
}

export const rotary = operation<RotaryParameters, RotaryValues>({
  name: 'rotary',
  values({ rows, heads, headDim, pairs, positions }, random) {
    const tableRows = positions ?? rows;
    return {
      x: random.values(rows * heads * headDim, 3),
      cosines: random.values(tableRows * pairs),
      sines: random.values(tableRows * pairs),
      positions:
        positions === undefined
          ? Int32Array.from({ length: rows }, (_, row) => row)
          : random.integers(rows, 0, positions - 1),
    };
  },
  prepare(on, parameters, values) {
    const { rows, heads, headDim, pairs, layout, strided } = parameters;
    const x = on.matrix(values.x, rows, heads * headDim, strided);
    const tableRows = parameters.positions ?? rows;
    const both = new Float32Array(tableRows * 2 * pairs);
    for (let row = 0; row < tableRows; row++) {
      const [start, end] = [row * pairs, (row + 1) * pairs];
      both.set(values.cosines.subarray(start, end), 2 * start);
      both.set(values.sines.subarray(start, end), 2 * start + pairs);
    }
    const table = on.constant(both, [tableRows, 2 * pairs]);
    return () => [on.backend.rotary(x, table, values.positions, { heads, layout })];
  },
});
