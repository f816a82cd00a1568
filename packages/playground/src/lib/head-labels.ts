import type { Matrix } from './raster.ts';

/** What most of a head's weight does in one text. */
export type HeadLabel = 'previous' | 'next' | 'self' | 'sink' | 'broad' | 'content';

export const HEAD_LABELS: readonly HeadLabel[] = ['content', 'previous', 'next', 'self', 'broad', 'sink'];

/** The share of the weight from which a head is labelled by where it goes. */
export const LABEL_SHARE = 0.4;
/** The entropy of the rows, as a fraction of that of equal weights, from which a head is `broad`. */
export const BROAD_ENTROPY = 0.85;

/** Means over the tokens of the text: which share of a token's weight goes where, and how evenly it is spread. */
export interface HeadShares {
  readonly previous: number;
  readonly next: number;
  readonly self: number;
  /** To the first token and to those that the tokenizer added. */
  readonly sink: number;
  /** 0 where one token has all the weight, 1 where all have the same. */
  readonly entropy: number;
}

/**
 * The shares of a head's map. Rows of added tokens do not count. `causal`: a row's later tokens have no weight, so that equal weights
 * are those over the tokens up to its own.
 */
export function headShares(map: Matrix, special: readonly boolean[], causal: boolean): HeadShares {
  const { rows, columns, data } = map;
  const shares = { previous: 0, next: 0, self: 0, sink: 0, entropy: 0 };
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    // A causal first token can only look at itself.
    if (special[row] || (causal && row === 0)) continue;
    count += 1;
    let entropy = 0;
    for (let column = 0; column < columns; column += 1) {
      const weight = data[row * columns + column] ?? 0;
      if (weight > 0) entropy -= weight * Math.log(weight);
      if (column === 0 || special[column]) shares.sink += weight;
      else if (column === row - 1) shares.previous += weight;
      else if (column === row + 1) shares.next += weight;
      else if (column === row) shares.self += weight;
    }
    const choices = causal ? row + 1 : columns;
    shares.entropy += choices > 1 ? entropy / Math.log(choices) : 0;
  }
  const mean = (sum: number): number => (count > 0 ? sum / count : 0);
  return {
    previous: mean(shares.previous),
    next: mean(shares.next),
    self: mean(shares.self),
    sink: mean(shares.sink),
    entropy: mean(shares.entropy),
  };
}

/** A query, a key, and the weight between them. */
export interface HeadPair {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
}

/**
 * The largest weight of a token of the text on another one, if it is at least {@link LABEL_SHARE}: what a head at rest does look for.
 * The first token and added ones do not count.
 */
export function strongestPair(map: Matrix, special: readonly boolean[]): HeadPair | undefined {
  let best: HeadPair | undefined;
  for (let query = 1; query < map.rows; query += 1) {
    for (let key = 1; key < map.columns; key += 1) {
      if (query === key || special[query] || special[key]) continue;
      const weight = map.data[query * map.columns + key] ?? 0;
      if (weight >= LABEL_SHARE && weight > (best?.weight ?? 0)) best = { query, key, weight };
    }
  }
  return best;
}

/** The label of the largest share of at least {@link LABEL_SHARE}; without one `broad` or `content`, by the entropy. */
export function headLabel(shares: HeadShares): HeadLabel {
  const places = ['previous', 'next', 'self', 'sink'] as const;
  const best = places.reduce((a, b) => (shares[b] > shares[a] ? b : a));
  if (shares[best] >= LABEL_SHARE) return best;
  return shares.entropy >= BROAD_ENTROPY ? 'broad' : 'content';
}
