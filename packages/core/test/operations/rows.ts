import type { WeightType } from '../../src/backend/backend.ts';
import type { Values } from './elementwise.ts';
import { offsetsOf, operation } from './operation.ts';

export interface EmbeddingParameters {
  /** Rows that the table holds. */
  readonly rows: number;
  readonly width: number;
  /** `constant`: a constant matrix; `view`: columns of a wider matrix; otherwise an embedding table of this type. */
  readonly table: 'constant' | 'view' | WeightType;
  /** Number of random ids. */
  readonly count?: number;
  /** The table holds ids from `first` of a vocabulary of `of`. All ids are looked up, in both directions, in place of random ones. */
  readonly part?: { readonly first: number; readonly of: number };
}

export interface EmbeddingValues {
  /** `[rows, width]` */
  readonly table: Float32Array;
  readonly ids: Int32Array;
}

export const embedding = operation<EmbeddingParameters, EmbeddingValues>({
  name: 'embedding',
  values({ rows, width, table: kind, count = 0, part }, random) {
    const table = random.values(rows * width);
    const packed = kind !== 'constant' && kind !== 'view';
    // A row of zeros has no scale.
    if (packed && rows > 2) table.fill(0, width, 2 * width);
    if (!part) return { table, ids: random.integers(count, 0, rows - 1) };
    const { of } = part;
    return { table, ids: Int32Array.from({ length: 2 * of }, (_, i) => (i < of ? i : 2 * of - 1 - i)) };
  },
  prepare(on, { rows, width, table: kind, part }, { table: values, ids }) {
    const table =
      kind === 'constant'
        ? on.constant(values, [rows, width])
        : kind === 'view'
          ? on.matrix(values, rows, width, true)
          : on.table(values, width, kind);
    return () => [on.backend.embedding(table, ids, part)];
  },
});

export interface MeanPoolParameters {
  /** Rows of each sequence. */
  readonly lengths: readonly number[];
  readonly width: number;
  readonly strided?: boolean;
  /** Divides each mean by its Euclidean length. */
  readonly normalize?: boolean;
}

export const meanPool = operation<MeanPoolParameters, Values>({
  name: 'meanPool',
  values: ({ lengths, width }, random) => ({ x: random.values(offsetsOf(lengths).at(-1)! * width) }),
  prepare(on, { lengths, width, strided, normalize }, values) {
    const offsets = offsetsOf(lengths);
    const x = on.matrix(values.x, offsets.at(-1)!, width, strided);
    const pool = () => on.backend.meanPool(x, offsets);
    return () => [normalize ? on.backend.l2Normalize(pool()) : pool()];
  },
});
