/** Eigenvalues and eigenvectors of a symmetric matrix, largest eigenvalue first. */
export interface Eigen {
  readonly values: readonly number[];
  readonly vectors: readonly (readonly number[])[];
}

/**
 * Eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, §8.5): each rotation sets one
 * element off the diagonal to 0, until all of them are negligible.
 */
export function symmetricEigen(matrix: readonly (readonly number[])[]): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  const total = a.flat().reduce((sum, value) => sum + value * value, 0);
  const offDiagonal = () =>
    a.reduce((sum, row, i) => sum + row.reduce((s, value, j) => (i === j ? s : s + value * value), 0), 0);
  while (offDiagonal() > 1e-24 * total) {
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const apq = a[p]![q]!;
        if (apq === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        rotate(a, v, p, q, c, t * c);
      }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v.map((row) => row[i]!)) };
}

/** Rotates rows and columns p and q of `a`, and columns p and q of `v`. */
function rotate(a: number[][], v: number[][], p: number, q: number, c: number, s: number): void {
  for (const row of [...a, ...v]) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  const [rowP, rowQ] = [a[p]!, a[q]!];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [rowP[k]!, rowQ[k]!];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
  }
}

/** A projection on principal components. */
export interface Pca {
  /** Fraction of the variance of each component. */
  readonly explained: readonly number[];
  project(vector: ArrayLike<number>): number[];
}

/** The first principal components of vectors: the directions of most variance. The largest part of each component is positive. */
export function pca(vectors: readonly ArrayLike<number>[], components: number): Pca {
  const width = vectors[0]!.length;
  const indices = Array.from({ length: width }, (_, i) => i);
  const mean = indices.map((i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0) / vectors.length);
  const covariance = indices.map((i) =>
    indices.map(
      (j) =>
        vectors.reduce((sum, vector) => sum + (vector[i]! - mean[i]!) * (vector[j]! - mean[j]!), 0) /
        vectors.length,
    ),
  );
  const { values, vectors: axes } = symmetricEigen(covariance);
  const total = values.reduce((sum, value) => sum + value, 0);
  const kept = axes.slice(0, components).map((axis) => {
    const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    return largest < 0 ? axis.map((value) => -value) : axis;
  });
  return {
    explained: values.slice(0, components).map((value) => value / total),
    project: (vector) =>
      kept.map((axis) => axis.reduce((sum, value, i) => sum + value * (vector[i]! - mean[i]!), 0)),
  };
}
