import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantizeWeight } from '../../src/backend/reference/quantize.ts';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { ShapeError } from '../../src/errors.ts';
import { type Backend, createBackend } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import { Random } from '../operations/index.ts';
import { packedTypes } from './cases/quantized.ts';
import { Q4_ROUNDED_ROWS, roundingOf } from './lib/quantization.ts';

const builds = ['wasm-simd', 'wasm-relaxed-simd'] as const;

/** x · weightᵀ in scopes and weights of its own. */
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

/** Weights [n, k] with what formats stumble over: rows and blocks of zeros, ties, one large among small ones, the very small. */
function awkward(random: Random, n: number, k: number): Float32Array {
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

  // Each row of the input has a single value, one that activations keep exactly: a row of the result is a column of the weight.
  describe.each(packedTypes)('%s', (dtype) => {
    it.each([1, 2, 3, 5, 31, 32, 33, 64, 67, 130])('keeps what the reference keeps, of %i features', (k) => {
      const n = 21;
      const weight = awkward(new Random(k), n, k);
      const kept = quantizeWeight(weight, k, dtype);
      for (const together of [1, Q4_ROUNDED_ROWS, Q4_ROUNDED_ROWS + 1, k]) {
        const sizes = { backend: name, dtype, rows: together, inFeatures: k };
        const unit = roundingOf(sizes) ? 1 / roundingOf(sizes)!.scale(0, 1) : 1;
        for (let first = 0; first < k; first += together) {
          const x = new Float32Array(together * k);
          const count = Math.min(together, k - first);
          for (let row = 0; row < count; row++) x[row * k + first + row] = Math.round(unit);
          const got = multiply(backend, dtype, x, weight, k);
          for (let row = 0; row < count; row++) {
            for (let column = 0; column < n; column++) {
              const value = got[row * n + column]! / Math.round(unit);
              const expected = kept[column * k + first + row]!;
              // Scaling back and forth is all that rounds.
              const off = Math.abs(value - expected);
              if (!(off <= Math.abs(expected) * 2 ** -21 + 2 ** -140)) {
                expect.fail(`weight [${column}, ${first + row}] is ${value} in place of ${expected}`);
              }
            }
          }
        }
      }
    });

    it('lets NaN and infinities show in every result of their row, and in no other', () => {
      const [k, n] = [150, 19];
      const random = new Random(9);
      const weight = random.values(n * k).map((value) => (Math.abs(value) < 0.01 ? 0.01 : value));
      for (const rows of [1, 3, 6, 7, 13]) {
        const x = random.values(rows * k);
        const clean = multiply(backend, dtype, x, weight, k);
        for (const bad of [NaN, Infinity, -Infinity]) {
          for (const at of [0, 3, 31, 32, 63, 64, 127, 149]) {
            const row = at % rows;
            const spoilt = x.slice();
            spoilt[row * k + at] = bad;
            const got = multiply(backend, dtype, spoilt, weight, k);
            for (const [i, value] of got.entries()) {
              if (Math.floor(i / n) === row) expect(Number.isFinite(value)).toBe(false);
              else expect(value).toBe(clean[i]);
            }
          }
        }
      }
    });

    it('gives the bias for rows of zeros, and of what is too small to keep', () => {
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

    it('multiplies very large and very small activations as exactly as others', () => {
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
          // Powers of two move nothing but exponents.
          expect(value).toBe(Math.fround(expected[i]! * 2 ** power));
        }
      }
    });

    it('loses to the rounding of activations what independent errors lose', () => {
      const [k, n] = [1536, 64];
      for (const rows of [5, 40]) {
        const random = new Random(rows);
        const x = random.values(rows * k);
        const weight = random.values(n * k);
        const exact = multiply(new ReferenceBackend(), dtype, x, weight, k);
        const got = multiply(backend, dtype, x, weight, k);
        const loss = Math.sqrt(got.reduce((sum, y, i) => sum + (y - exact[i]!) ** 2, 0) / got.length);
        // An error uniform in ± scale / 2 has the deviation scale / √12, a product with k weights uniform in ±1 √(k / 3) times that.
        const scale = roundingOf({ backend: name, dtype, rows, inFeatures: k })?.scale(-1, 1) ?? 0;
        expect(loss).toBeLessThanOrEqual(1.1 * (scale / Math.sqrt(12)) * Math.sqrt(k / 3) + 1e-5);
      }
    });

    it('says which weight it cannot hold', () => {
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
  ] as const)('%s takes as many bytes as it says: [%i, %i]', (type, n, k, bytes) => {
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
  ] as const)('a table of %s takes as many bytes as it says', (type, perRow) => {
    const table = backend.embeddingTable(new Float32Array(7 * 19), 19, type);
    expect(table.shape).toEqual([7, 19]);
    expect(backend.weightBytes).toBe(7 * perRow);
    backend.release(table);
    expect(backend.weightBytes).toBe(0);
    expect(() => backend.embedding(table, Int32Array.of(0))).toThrow(/release/);
  });

  it('frees what it packs: many layers one after another take no more memory than one', () => {
    const cycle = () => {
      for (const dtype of packedTypes) {
        const weight = new Float32Array(100 * 1000).fill(1);
        const made = [
          backend.linearWeights(weight, new Float32Array(100), 1000, dtype),
          backend.embeddingTable(weight, 1000, dtype),
        ];
        for (const one of made) backend.release(one);
      }
    };
    cycle();
    const { memoryBytes } = backend as unknown as { memoryBytes: number };
    for (let i = 0; i < 50; i++) cycle();
    expect((backend as unknown as { memoryBytes: number }).memoryBytes).toBe(memoryBytes);
  });
});
