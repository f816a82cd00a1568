import { Random } from '@headwise/core/internal';
import { dot, rowOf, type Vectors, vectorsOf } from './vectors.ts';

/** Products with the matrix until the subspace hardly moves. */
const ITERATIONS = 20;

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

  static of(vectors: Vectors, width: number): Projection {
    const moments = secondMoments(vectors);
    const random = new Random(0, 40);
    let basis = vectorsOf(
      Array.from({ length: width }, () =>
        Float32Array.from({ length: vectors.width }, () => random.next() - 0.5),
      ),
    );
    for (let i = 0; i < ITERATIONS; i++) basis = orthonormal(multiply(basis, moments));
    return new Projection(basis);
  }

  /** `[rows, features]` → `[rows, width]` */
  to(vectors: Vectors): Vectors {
    return multiply(vectors, this.basis);
  }

  /** `[rows, width]` → `[rows, features]` */
  back(vectors: Vectors): Vectors {
    return multiply(vectors, transposed(this.basis));
  }

  /** The fraction of the squared lengths of vectors that lies in the subspace. */
  kept(vectors: Vectors): number {
    const squares = (data: Float32Array) => data.reduce((sum, x) => sum + x * x, 0);
    return squares(this.to(vectors).data) / squares(vectors.data);
  }
}

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

/** Σ t tᵀ, symmetric. */
function secondMoments(vectors: Vectors): Vectors {
  const columns = transposed(vectors);
  return multiply(columns, columns);
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
