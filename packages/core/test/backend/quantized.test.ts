import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantizeWeight } from '../../src/backend/reference/quantize.ts';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { ShapeError } from '../../src/errors.ts';
import { type Backend, createBackend } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import { Random } from '../operations/index.ts';
import { packedTypes } from './cases/quantized.ts';
import { roundingOf } from './lib/quantization.ts';

const builds = ['wasm-simd', 'wasm-relaxed-simd'] as const;

/** x · weightᵀ. The weights are released afterwards. */
function multiply(
  backend: Backend,
  dtype: (typeof packedTypes)[number],
  x: Float32Array,
  weight: Float32Array,
  inFeatures: number,
  bias?: Float32Array,
): Float32Array {
  const weights = backend.linearWeights(weight, bias, inFeatures, dtype);
  try {
    return withScope(backend, () =>
      backend.read(backend.linear(backend.tensor(x, [x.length / inFeatures, inFeatures]), weights)),
    );
  } finally {
    backend.release(weights);
  }
}

/** Weights `[n, k]` with edge cases of quantization: rows and blocks of zeros, ties in rounding, an outlier, subnormal numbers. */
function edgeCaseWeights(random: Random, n: number, k: number): Float32Array {
  const weight = random.values(n * k, 2);
  const row = (index: number) => weight.subarray(index * k, (index + 1) * k);
  row(0).fill(0);
  row(1).fill(0, 0, Math.min(32, k));
  row(2).forEach((_, i, values) => {
    values[i] = (i % 17) - 8.5;
  });
  row(3).forEach((value, i, values) => {
    values[i] = i === k >> 1 ? -1000 : value;
  });
  row(4).forEach((value, i, values) => {
    values[i] = value * 1e-6;
  });
  row(5).forEach((value, i, values) => {
    values[i] = value * 1e-41;
  });
  row(6).fill(0.75);
  row(7).forEach((_, i, values) => {
    values[i] = (i % 2 ? -1 : 1) * 65_504 * 0.5 ** (i % 30);
  });
  return weight;
}

describe.each(builds)('%s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });
  afterAll(() => expect(backend.weightBytes).toBe(0));

  // Each input row has one nonzero value, which quantization of activations represents exactly: each output row is a column of the weight.
  describe.each(packedTypes)('%s', (dtype) => {
    it.each([1, 2, 3, 5, 31, 32, 33, 64, 67, 130])(
      'dequantizes to the weights of the reference with %i input features',
      (k) => {
        const n = 21;
        const weight = edgeCaseWeights(new Random(k), n, k);
        const dequantized = quantizeWeight(weight, k, dtype);
        for (const together of [1, 4, 5, 7, k]) {
          const sizes = { backend: name, dtype, inFeatures: k };
          const unit = roundingOf(sizes) ? 1 / roundingOf(sizes)!.scale(0, 1) : 1;
          for (let first = 0; first < k; first += together) {
            const x = new Float32Array(together * k);
            const count = Math.min(together, k - first);
            for (let row = 0; row < count; row++) x[row * k + first + row] = Math.round(unit);
            const got = multiply(backend, dtype, x, weight, k);
            for (let row = 0; row < count; row++) {
              for (let column = 0; column < n; column++) {
                const value = got[row * n + column]! / Math.round(unit);
                const expected = dequantized[column * k + first + row]!;
                // Only scaling and rescaling round.
                const off = Math.abs(value - expected);
                if (!(off <= Math.abs(expected) * 2 ** -21 + 2 ** -140)) {
                  expect.fail(`weight [${column}, ${first + row}] is ${value}, expected ${expected}`);
                }
              }
            }
          }
        }
      },
    );

    it('propagates NaN and infinities to all outputs of their row and to no other row', () => {
      const [k, n] = [150, 19];
      const random = new Random(9);
      const weight = random.values(n * k).map((value) => (Math.abs(value) < 0.01 ? 0.01 : value));
      for (const rows of [1, 3, 4, 5, 7, 13]) {
        const x = random.values(rows * k);
        const clean = multiply(backend, dtype, x, weight, k);
        for (const bad of [NaN, Infinity, -Infinity]) {
          for (const at of [0, 3, 31, 32, 63, 64, 127, 149]) {
            const row = at % rows;
            const corrupted = x.slice();
            corrupted[row * k + at] = bad;
            const got = multiply(backend, dtype, corrupted, weight, k);
            for (const [i, value] of got.entries()) {
              if (Math.floor(i / n) === row) expect(Number.isFinite(value)).toBe(false);
              else expect(value).toBe(clean[i]);
            }
          }
        }
      }
    });

    it('returns the bias for rows of zeros and of subnormal numbers', () => {
      const bias = new Random(3).values(11);
      const weight = new Random(4).values(11 * 70);
      for (const value of [0, -0, 1e-40, -1e-44]) {
        for (const rows of [1, 8]) {
          const x = new Float32Array(rows * 70).fill(value);
          const got = multiply(backend, dtype, x, weight, 70, bias);
          for (const [i, y] of got.entries()) expect(y).toBeCloseTo(bias[i % 11]!, 6);
        }
      }
    });

    it('scales exactly with powers of two of the activations', () => {
      const [rows, k, n] = [9, 70, 13];
      const x = new Random(5).values(rows * k);
      const weight = new Random(6).values(n * k);
      const expected = multiply(backend, dtype, x, weight, k);
      for (const power of [-100, 60, 100]) {
        const scaled = multiply(
          backend,
          dtype,
          x.map((value) => value * 2 ** power),
          weight,
          k,
        );
        for (const [i, value] of scaled.entries()) {
          // Multiplying by a power of two changes only the exponent.
          expect(value).toBe(Math.fround(expected[i]! * 2 ** power));
        }
      }
    });

    it('has the error of independent rounding of activations', () => {
      const [k, n] = [1536, 64];
      for (const rows of [5, 40]) {
        const random = new Random(rows);
        const x = random.values(rows * k);
        const weight = random.values(n * k);
        const exact = multiply(new ReferenceBackend(), dtype, x, weight, k);
        const got = multiply(backend, dtype, x, weight, k);
        const error = Math.sqrt(got.reduce((sum, y, i) => sum + (y - exact[i]!) ** 2, 0) / got.length);
        // The standard deviation of an error uniform in ± scale / 2 is scale / √12; that of its product with k weights uniform in ±1, √(k / 3)
        // times that.
        const scale = roundingOf({ backend: name, dtype, inFeatures: k })?.scale(-1, 1) ?? 0;
        expect(error).toBeLessThanOrEqual(1.1 * (scale / Math.sqrt(12)) * Math.sqrt(k / 3) + 1e-5);
      }
    });

    it('throws ShapeError with value and index when a weight is not representable', () => {
      const limit = dtype === 'f16' ? [65_505] : [];
      for (const bad of [NaN, Infinity, -Infinity, ...limit]) {
        const weight = Float32Array.of(1, 2, bad, 3);
        for (const one of [backend, new ReferenceBackend()]) {
          expect(() => one.linearWeights(weight, undefined, 2, dtype)).toThrow(ShapeError);
          expect(() => one.linearWeights(weight, undefined, 2, dtype)).toThrow(
            `linear: ${dtype} cannot hold ${bad} at index 2`,
          );
          expect(() => one.embeddingTable(weight, 2, dtype)).toThrow(
            `embeddingTable: ${dtype} cannot hold ${bad} at index 2`,
          );
        }
      }
    });
  });

  it.each([
    ['f16', 13, 70, 16 * 70 * 2],
    ['q8', 13, 70, 16 * (72 + 4 + 2 * 3)],
    ['q4', 13, 70, 16 * 3 * (32 / 2 + 4)],
    ['f16', 384, 1536, 384 * 1536 * 2],
    ['q8', 384, 1536, 384 * (1536 + 4 + 2 * 48)],
    ['q4', 384, 1536, (384 * 1536 * 5) / 8],
  ] as const)('weightBytes counts the packed bytes of %s weights [%i, %i]', (type, n, k, bytes) => {
    const weights = backend.linearWeights(new Float32Array(n * k), new Float32Array(n), k, type);
    expect(backend.weightBytes).toBe(bytes + n * 4);
    backend.release(weights);
    expect(backend.weightBytes).toBe(0);
    expect(() => backend.release(weights)).toThrow(/release/);
  });

  it.each([
    ['f16', 24 * 2],
    ['q8', 24 + 4],
    ['q4', 24 + 4],
  ] as const)('weightBytes counts the packed bytes of a %s embedding table', (type, perRow) => {
    const table = backend.embeddingTable(new Float32Array(7 * 19), 19, type);
    expect(table.shape).toEqual([7, 19]);
    expect(backend.weightBytes).toBe(7 * perRow);
    backend.release(table);
    expect(backend.weightBytes).toBe(0);
    expect(() => backend.embedding(table, Int32Array.of(0))).toThrow(/release/);
  });

  it('memory does not grow when layers are packed and released repeatedly', () => {
    const cycle = () => {
      for (const dtype of packedTypes) {
        const weight = new Float32Array(100 * 1000).fill(1);
        const layers = [
          backend.linearWeights(weight, new Float32Array(100), 1000, dtype),
          backend.embeddingTable(weight, 1000, dtype),
        ];
        for (const one of layers) backend.release(one);
      }
    };
    cycle();
    const { memoryBytes } = backend as unknown as { memoryBytes: number };
    for (let i = 0; i < 50; i++) cycle();
    expect((backend as unknown as { memoryBytes: number }).memoryBytes).toBe(memoryBytes);
  });
});
