import { Random } from '@headwise/core/internal';
import { dot, rowOf, type Vectors, vectorsOf } from './vectors.ts';

/** Products with the matrix until the subspace hardly moves. */
const ITERATIONS = 12;

/**
 * The subspace of `width` dimensions that holds most of the teacher's vectors: the first eigenvectors of Σ t tᵀ (principal components without
 * centring, so that dot products are kept), by subspace iteration. A student of this width is trained and searched in the subspace; `back` puts its
 * vectors into the teacher's space without changing their lengths and angles.
 */
export class Projection {
  /** `[width, features]`, orthonormal rows. */
  readonly basis: Vectors;

  constructor(basis: Vectors) {
    this.basis = basis;
  }

  /** The projection, and the fraction of the squared lengths of the vectors that lies in its subspace. */
  static of(vectors: Vectors, width: number): { readonly projection: Projection; readonly kept: number } {
    const moments = secondMoments(vectors);
    const random = new Random(0, 40);
    let basis = vectorsOf(
      Array.from({ length: width }, () =>
        Float32Array.from({ length: vectors.width }, () => random.next() - 0.5),
      ),
    );
    for (let i = 0; i < ITERATIONS; i++) basis = orthonormal(multiply(basis, moments));
    // The sum of bᵀ M b over the basis, by the trace of M.
    const products = multiply(basis, moments);
    const inside = sumOf(width, (i) => dot(rowOf(products, i), rowOf(basis, i)));
    const all = sumOf(vectors.width, (i) => rowOf(moments, i)[i]!);
    return { projection: new Projection(basis), kept: inside / all };
  }

  /** `[rows, features]` → `[rows, width]` */
  to(vectors: Vectors): Vectors {
    return multiply(vectors, this.basis);
  }

  /** `[rows, width]` → `[rows, features]` */
  back(vectors: Vectors): Vectors {
    return multiply(vectors, transposed(this.basis));
  }
}

const sumOf = (count: number, value: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => value(i)).reduce((a, b) => a + b, 0);

/** a · bᵀ: `[rows, features]`, `[columns, features]` → `[rows, columns]`. */
function multiply(a: Vectors, b: Vectors): Vectors {
  const data = new Float32Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    const row = rowOf(a, i);
    for (let j = 0; j < b.rows; j++) data[i * b.rows + j] = dot(row, rowOf(b, j));
  }
  return { width: b.rows, rows: a.rows, data };
}

function transposed({ width, rows, data }: Vectors): Vectors {
  const flipped = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < width; j++) flipped[j * rows + i] = data[i * width + j]!;
  return { width: rows, rows: width, data: flipped };
}

/** Σ t tᵀ: symmetric, so half of the products are computed. */
function secondMoments(vectors: Vectors): Vectors {
  const columns = transposed(vectors);
  const { rows } = columns;
  const data = new Float32Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j <= i; j++) {
      const product = dot(rowOf(columns, i), rowOf(columns, j));
      data[i * rows + j] = product;
      data[j * rows + i] = product;
    }
  return { width: rows, rows, data };
}

/** Gram–Schmidt, twice for each row against rounding. */
function orthonormal(basis: Vectors): Vectors {
  const rows: Float32Array[] = [];
  for (let i = 0; i < basis.rows; i++) {
    const row = rowOf(basis, i).slice();
    for (let pass = 0; pass < 2; pass++)
      for (const other of rows) {
        const along = dot(row, other);
        for (let j = 0; j < row.length; j++) row[j]! -= along * other[j]!;
      }
    const norm = Math.sqrt(dot(row, row));
    rows.push(row.map((x) => x / norm));
  }
  return vectorsOf(rows);
}
