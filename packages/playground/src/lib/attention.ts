import type { Matrix } from './raster.ts';

/** Attention of one run: `data` is [layers, heads, tokens, tokens], row-major; a row (a query) sums to one. */
export interface Attention {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;
  readonly data: Float32Array;
}

/** One head's map [tokens, tokens], a view into the run's data. */
export function headMap(attention: Attention, layer: number, head: number): Matrix {
  const { heads, tokens } = attention;
  const size = tokens * tokens;
  const from = (layer * heads + head) * size;
  return { rows: tokens, columns: tokens, data: attention.data.subarray(from, from + size) };
}

/** The mean of a layer's heads [tokens, tokens]; its rows sum to one as each head's do. */
export function layerMean(attention: Attention, layer: number): Matrix {
  const { heads, tokens } = attention;
  const sum = new Float32Array(tokens * tokens);
  for (let head = 0; head < heads; head += 1) {
    const { data } = headMap(attention, layer, head);
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + (data[i] ?? 0) / heads;
  }
  return { rows: tokens, columns: tokens, data: sum };
}

/**
 * The map between the tokens at `keep` alone, each row divided by its sum so that it shows how the attention that
 * stays is shared. A row with nothing left is all zeros. Returns the map itself where every token is kept.
 */
export function among(map: Matrix, keep: readonly number[]): Matrix {
  if (keep.length === map.rows) return map;
  const data = new Float32Array(keep.length * keep.length);
  keep.forEach((query, row) => {
    let sum = 0;
    for (const key of keep) sum += map.data[query * map.columns + key] ?? 0;
    if (sum <= 0) return;
    keep.forEach((key, column) => {
      data[row * keep.length + column] = (map.data[query * map.columns + key] ?? 0) / sum;
    });
  });
  return { rows: keep.length, columns: keep.length, data };
}

/** The row of a map: what one query attends to. */
export function row(map: Matrix, query: number): Float32Array {
  return map.data.subarray(query * map.columns, (query + 1) * map.columns);
}
