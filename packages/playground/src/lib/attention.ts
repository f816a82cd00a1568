import type { Matrix } from './raster.ts';

/** Attention weights of one pass. `data` is [layers, heads, queries, keys], row-major; every row sums to 1. */
export interface Attention {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;
  readonly data: Float32Array;
}

/** One head's map [queries, keys], a view of the data. */
export function headMap(attention: Attention, layer: number, head: number): Matrix {
  const { heads, tokens } = attention;
  const size = tokens * tokens;
  const from = (layer * heads + head) * size;
  return { rows: tokens, columns: tokens, data: attention.data.subarray(from, from + size) };
}

/** The mean over a layer's heads, [queries, keys]; every row sums to 1. */
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
 * The rows and columns of `tokens`, each row rescaled to sum to 1; a row whose remaining weights are 0 stays 0. Returns the
 * map itself when `tokens` are all tokens.
 */
export function restrictToTokens(map: Matrix, tokens: readonly number[]): Matrix {
  if (tokens.length === map.rows) return map;
  const data = new Float32Array(tokens.length * tokens.length);
  tokens.forEach((query, row) => {
    let sum = 0;
    for (const key of tokens) sum += map.data[query * map.columns + key] ?? 0;
    if (sum <= 0) return;
    tokens.forEach((key, column) => {
      data[row * tokens.length + column] = (map.data[query * map.columns + key] ?? 0) / sum;
    });
  });
  return { rows: tokens.length, columns: tokens.length, data };
}

/** The attention weights of one query token, [keys]; a view of the map. */
export function queryWeights(map: Matrix, query: number): Float32Array {
  return map.data.subarray(query * map.columns, (query + 1) * map.columns);
}
