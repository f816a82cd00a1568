import { beforeAll, describe, expect, it } from 'vitest';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { type Backend, createBackend, type Tensor } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import { Random } from '../operations/index.ts';

// The root mean squared error of each backend, relative to the reference in float64, is at most twice that of a naive loop in float32.

const round = Math.fround;

function naiveLinear(
  x: Float32Array,
  weight: Float32Array,
  rows: number,
  k: number,
  n: number,
): Float32Array {
  const out = new Float32Array(rows * n);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < n; c++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum = round(sum + round(x[r * k + i]! * weight[c * k + i]!));
      out[r * n + c] = sum;
    }
  }
  return out;
}

function naiveSoftmax(x: Float32Array, rows: number, n: number): Float32Array {
  const out = new Float32Array(rows * n);
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * n, (r + 1) * n);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((value) => Math.exp(round(value - top)));
    const sum = powers.reduce((a, b) => round(a + b), 0);
    out.set(
      powers.map((value) => value / sum),
      r * n,
    );
  }
  return out;
}

function naiveLayerNorm(x: Float32Array, rows: number, n: number): Float32Array {
  const out = new Float32Array(rows * n);
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * n, (r + 1) * n);
    const mean = round(row.reduce((a, b) => round(a + b), 0) / n);
    const squares = row.reduce((a, b) => round(a + round(round(b - mean) * round(b - mean))), 0);
    const deviation = round(Math.sqrt(round(round(squares / n) + round(1e-5))));
    out.set(
      row.map((value) => round(round(value - mean) / deviation)),
      r * n,
    );
  }
  return out;
}

function naiveRmsNorm(x: Float32Array, rows: number, n: number): Float32Array {
  const out = new Float32Array(rows * n);
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * n, (r + 1) * n);
    const squares = row.reduce((a, b) => round(a + round(b * b)), 0);
    const size = round(Math.sqrt(round(round(squares / n) + round(1e-5))));
    out.set(
      row.map((value) => round(value / size)),
      r * n,
    );
  }
  return out;
}

function naiveAttention(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  length: number,
  dim: number,
): Float32Array {
  const queries = q.length / dim;
  const scores = naiveLinear(q, k, queries, dim, length).map((score) =>
    round(score * round(1 / Math.sqrt(dim))),
  );
  const weights = naiveSoftmax(scores, queries, length);
  const columns = new Float32Array(dim * length);
  for (let i = 0; i < length; i++) for (let d = 0; d < dim; d++) columns[d * length + i] = v[i * dim + d]!;
  return naiveLinear(weights, columns, queries, length, dim);
}

/** Root of the mean squared error. */
function rootMeanSquaredError(got: Float32Array, exact: Float64Array | Float32Array): number {
  return Math.sqrt(got.reduce((sum, value, i) => sum + (value - exact[i]!) ** 2, 0) / got.length);
}

type Operation = (backend: Backend) => Tensor;

let backends: Backend[];
const reference = new ReferenceBackend();

beforeAll(async () => {
  backends = [await createBackend('wasm-simd'), await createBackend('wasm-relaxed-simd')];
});

function compare(naive: Float32Array, operation: Operation): void {
  const exact = reference.read(operation(reference));
  // The reference's values are rounded to float32 when they are read: up to half a unit in the last place.
  const allowed = 2 * rootMeanSquaredError(naive, exact) + 2 ** -26;
  for (const backend of backends) {
    const got = withScope(backend, () => backend.read(operation(backend)));
    expect(rootMeanSquaredError(got, exact), backend.name).toBeLessThanOrEqual(allowed);
  }
}

describe('the error of every backend is at most twice that of a naive float32 loop', () => {
  it.each([
    [7, 64, 33],
    [13, 384, 40],
    [1, 1536, 64],
    [161, 100, 9],
  ])('linear %i × %i × %i', (rows, k, n) => {
    const random = new Random(k);
    const [x, weight] = [random.values(rows * k), random.values(n * k)];
    compare(naiveLinear(x, weight, rows, k, n), (backend) =>
      backend.linear(backend.tensor(x, [rows, k]), backend.linearWeights(weight, undefined, k)),
    );
  });

  it.each([5, 64, 384, 1031])('softmax of %i', (n) => {
    const x = new Random(n).values(16 * n, 6);
    compare(naiveSoftmax(x, 16, n), (backend) => backend.softmax(backend.tensor(x, [16, n])));
  });

  it.each([5, 64, 384, 1031])('layer norm of %i', (n) => {
    const x = new Random(n).values(16 * n, 3, 1);
    compare(naiveLayerNorm(x, 16, n), (backend) =>
      backend.layerNorm(
        backend.tensor(x, [16, n]),
        backend.tensor(new Float32Array(n).fill(1), [n]),
        backend.zeros([n]),
        1e-5,
      ),
    );
  });

  it.each([5, 64, 384, 1031])('RMS norm of %i', (n) => {
    const x = new Random(n).values(16 * n, 3, 1);
    compare(naiveRmsNorm(x, 16, n), (backend) =>
      backend.rmsNorm(backend.tensor(x, [16, n]), backend.tensor(new Float32Array(n).fill(1), [n]), 1e-5),
    );
  });

  it.each([
    [1, 17, 64],
    [1, 300, 64],
    [1, 1024, 128],
    [2, 600, 48],
    [7, 1000, 20],
  ])('attention of %i queries to %i keys × %i', (queries, keys, dim) => {
    const random = new Random(keys);
    const [q, k, v] = [
      random.values(queries * dim, 2),
      random.values(keys * dim, 2),
      random.values(keys * dim),
    ];
    compare(naiveAttention(q!, k!, v!, keys, dim), (backend) =>
      backend.attention(
        backend.tensor(q!, [queries, dim]),
        backend.tensor(k!, [keys, dim]),
        backend.tensor(v!, [keys, dim]),
        { heads: 1, queryOffsets: Int32Array.of(0, queries), keyOffsets: Int32Array.of(0, keys) },
      ),
    );
  });

  it.each([
    [16, 32],
    [128, 64],
    [300, 20],
    [600, 64],
  ])('attention of %i tokens × %i', (length, dim) => {
    const random = new Random(length);
    const [q, k, v] = [2, 2, 1].map((limit) => random.values(length * dim, limit)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    compare(naiveAttention(q, k, v, length, dim), (backend) => {
      const [queries, keys, values] = [q, k, v].map((x) => backend.tensor(x, [length, dim])) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      return backend.attention(queries, keys, values, { heads: 1, queryOffsets: Int32Array.of(0, length) });
    });
  });
});
