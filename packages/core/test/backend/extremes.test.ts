import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import { Random } from '../operations/index.ts';

// Values at the limits of the number formats: NaN and −∞ in attention, and the largest sums of products of 8-bit and 4-bit weights.

const builds = ['wasm-simd', 'wasm-relaxed-simd'] as const;

/** Few queries (decode-attention.ts) and many (attention.ts), with keys in one block and in several. */
const attentionSizes = [
  [1, 5],
  [2, 130],
  [9, 12],
  [11, 300],
] as const;

const HEAD_DIM = 4;

function attend(
  backend: Backend,
  values: { q: Float32Array; k: Float32Array; v: Float32Array; bias?: Float32Array },
): Float32Array {
  const { q, k, v, bias } = values;
  const [queries, keys] = [q.length / HEAD_DIM, k.length / HEAD_DIM];
  return withScope(backend, () =>
    backend.read(
      backend.attention(
        backend.tensor(q, [queries, HEAD_DIM]),
        backend.tensor(k, [keys, HEAD_DIM]),
        backend.tensor(v, [keys, HEAD_DIM]),
        {
          heads: 1,
          queryOffsets: Int32Array.of(0, queries),
          keyOffsets: Int32Array.of(0, keys),
          ...(bias && { bias: backend.tensor(bias, [1, 1, bias.length / keys, keys]) }),
        },
      ),
    ),
  );
}

function operands(queries: number, keys: number) {
  const random = new Random(queries * 1000 + keys);
  return {
    q: random.values(queries * HEAD_DIM),
    k: random.values(keys * HEAD_DIM),
    v: random.values(keys * HEAD_DIM),
  };
}

const rowOf = (values: Float32Array, row: number) => [
  ...values.subarray(row * HEAD_DIM, (row + 1) * HEAD_DIM),
];

describe.each(builds)('%s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });
  afterAll(() => expect(backend.weightBytes).toBe(0));

  describe.each(attentionSizes)('attention of %i queries to %i keys', (queries, keys) => {
    it('gives NaN for a query with NaN, and the same values for the others', () => {
      const values = operands(queries, keys);
      const clean = attend(backend, values);
      const q = values.q.slice();
      q[(queries - 1) * HEAD_DIM] = NaN;
      const got = attend(backend, { ...values, q });
      for (let row = 0; row < queries - 1; row++) expect(rowOf(got, row)).toEqual(rowOf(clean, row));
      expect(rowOf(got, queries - 1)).toEqual(new Array(HEAD_DIM).fill(NaN));
    });

    it('gives NaN for a query whose visible scores are NaN, the others masked', () => {
      const values = operands(queries, keys);
      const bias = new Float32Array(keys).fill(-Infinity);
      bias[keys - 1] = NaN;
      expect([...attend(backend, { ...values, bias })]).toEqual(new Array(queries * HEAD_DIM).fill(NaN));
    });

    it('gives zeros when all keys are masked', () => {
      const bias = new Float32Array(keys).fill(-Infinity);
      const got = attend(backend, { ...operands(queries, keys), bias });
      expect([...got].every((value) => value === 0)).toBe(true);
    });
  });

  it.each([
    [1, 64],
    [11, 256],
  ])(
    'attention of %i queries has the bits of attention without a masked block of %i keys',
    (queries, masked) => {
      const { q, k, v } = operands(queries, masked + 70);
      const bias = new Float32Array(masked + 70).fill(-Infinity, 0, masked);
      const visible = { k: k.subarray(masked * HEAD_DIM), v: v.subarray(masked * HEAD_DIM) };
      expect(attend(backend, { q, k, v, bias })).toEqual(
        attend(backend, { q, ...visible, bias: new Float32Array(70) }),
      );
    },
  );

  it('f32 weights may hold any value, f16, q8 and q4 weights what they can represent', () => {
    const weight = (value: number) => Float32Array.of(1, value, 0, 0);
    for (const value of [NaN, Infinity, 1e30]) {
      backend.release(backend.linearWeights(weight(value), undefined, 4, 'f32'));
      expect(() => backend.linearWeights(weight(value), undefined, 4, 'f16')).toThrow('f16 cannot hold');
    }
    for (const dtype of ['q8', 'q4'] as const) {
      expect(() => backend.linearWeights(weight(NaN), undefined, 4, dtype)).toThrow(
        `${dtype} cannot hold NaN`,
      );
    }
    backend.release(backend.linearWeights(weight(65_504), undefined, 4, 'f16'));
    expect(() => backend.linearWeights(weight(65_505), undefined, 4, 'f16')).toThrow('f16 cannot hold 65505');
  });

  it('softmax gives NaN for rows with NaN, also beside −∞, and zeros for rows of −∞', () => {
    const rows = [
      [NaN, 1, 2, 3, 4],
      [-Infinity, -Infinity, NaN, -Infinity, -Infinity],
      [NaN, NaN, NaN, NaN, NaN],
      new Array(5).fill(-Infinity),
    ];
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
    ]) {
      const values = Float32Array.from(order.flatMap((row) => rows[row]!));
      const got = withScope(backend, () => backend.read(backend.softmax(backend.tensor(values, [4, 5]))));
      for (const [at, row] of order.entries()) {
        expect([...got.subarray(5 * at, 5 * at + 5)]).toEqual(new Array(5).fill(row === 3 ? 0 : NaN));
      }
    }
  });

  // 11,008 and 14,336 are the inner sizes of Llama 2 and of Mistral. All products have one sign, so that sums of 32 bits are at their limit.
  it.each([8192, 8193, 11_008, 14_336, 32_768])('q8 and q4 sum %i of the largest products', (inFeatures) => {
    for (const dtype of ['q8', 'q4'] as const) {
      for (const sign of [1, -1]) {
        // −8 is the largest 4-bit weight, and both rows hold it, so that it is represented exactly.
        const weight = new Float32Array(inFeatures).fill(dtype === 'q8' ? 127 : -8);
        const weights = backend.linearWeights(weight, undefined, inFeatures, dtype);
        for (const rows of [1, 7]) {
          const x = new Float32Array(rows * inFeatures).fill(sign);
          const got = withScope(backend, () =>
            backend.read(backend.linear(backend.tensor(x, [rows, inFeatures]), weights)),
          );
          const expected = sign * weight[0]! * inFeatures;
          for (const value of got) expect(Math.abs(value / expected - 1)).toBeLessThan(1e-4);
        }
        backend.release(weights);
      }
    }
  });
});
