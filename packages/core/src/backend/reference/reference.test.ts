import { describe, expect, it } from 'vitest';
import { activationFunctions, erf } from './functions.ts';
import { ReferenceBackend } from './reference.ts';

// The other backends are tested against the reference, which is tested here against values computed by hand or from tables.

const backend = new ReferenceBackend();
const tensor = (values: number[], ...shape: number[]) => backend.tensor(Float32Array.from(values), shape);
const read = (x: Parameters<typeof backend.read>[0]) => [...backend.read(x)];

describe('activation functions and erf', () => {
  // 16 digits, from mpmath.
  it.each([
    [0, 0],
    [1e-10, 1.1283791670955126e-10],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [2.4999, 0.9995928300996666],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [6.5, 1],
    [Infinity, 1],
  ])('erf(±%d) = ±%d', (x, expected) => {
    expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(4e-15 * expected);
    expect(Math.abs(erf(-x) + expected)).toBeLessThanOrEqual(4e-15 * expected);
  });

  it.each([
    [
      'gelu',
      [-Infinity, -1, 0, 1, 3, Infinity],
      [0, -0.15865525393145707, 0, 0.8413447460685429, 2.9959503059, Infinity],
    ],
    ['geluTanh', [-Infinity, -1, 0, 1, 3, Infinity], [0, -0.158808009, 0, 0.84119199, 2.996362607, Infinity]],
    ['silu', [-Infinity, -1, 0, 1, Infinity], [0, -0.2689414213699951, 0, 0.7310585786300049, Infinity]],
    ['relu', [-Infinity, -2, 0, 2, Infinity], [0, 0, 0, 2, Infinity]],
    ['sigmoid', [-Infinity, -1, 0, 1, Infinity], [0, 0.2689414213699951, 0.5, 0.7310585786300049, 1]],
    ['tanh', [-Infinity, 0, 1, Infinity], [-1, 0, 0.7615941559557649, 1]],
    ['exp', [-Infinity, 0, 1, Infinity], [0, 1, Math.E, Infinity]],
    ['none', [-Infinity, -2, 3], [-Infinity, -2, 3]],
  ] as const)('%s', (name, inputs, outputs) => {
    for (const [i, x] of inputs.entries()) {
      const [got, expected] = [activationFunctions[name](x), outputs[i]!];
      if (Number.isFinite(expected)) expect(got).toBeCloseTo(expected, 8);
      else expect(got).toBe(expected);
    }
    expect(activationFunctions[name](NaN)).toBeNaN();
  });
});

describe('ReferenceBackend', () => {
  it('linear computes activation(x · weightᵀ + bias) + residual', () => {
    const weights = backend.linearWeights(Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(10, -50, 0), 2);
    const x = tensor([1, 2, -1, 1], 2, 2);
    expect(read(backend.linear(x, weights))).toEqual([15, -39, 17, 11, -49, 1]);
    const residual = tensor([1, 1, 1, 2, 2, 2], 2, 3);
    expect(read(backend.linear(x, weights, { activation: 'relu', residual }))).toEqual([16, 1, 18, 13, 2, 3]);
  });

  it('softmax normalises exponentials, and gives zeros for a row of −∞', () => {
    const x = tensor([0, Math.log(3), 5, 5, -Infinity, -Infinity, -Infinity, 7], 4, 2);
    const expected = [0.25, 0.75, 0.5, 0.5, 0, 0, 0, 1];
    for (const [i, value] of read(backend.softmax(x)).entries()) expect(value).toBeCloseTo(expected[i]!, 7);
  });

  it('layerNorm uses the biased variance, with ε inside the root', () => {
    const [gain, bias] = [tensor([1, 2], 2), tensor([0, 5], 2)];
    // Mean 3, variance 4: (1 − 3) / √(4 + 5) and (5 − 3) / √(4 + 5).
    const y = read(backend.layerNorm(tensor([1, 5], 1, 2), gain, bias, 5));
    expect(y[0]).toBeCloseTo(-2 / 3, 6);
    expect(y[1]).toBeCloseTo(4 / 3 + 5, 6);
  });

  it('computes meanPool, l2Normalize, embedding and add', () => {
    expect(read(backend.meanPool(tensor([1, 2, 3, 4, 5, 6], 3, 2), Int32Array.of(0, 2, 2, 3)))).toEqual([
      2, 3, 0, 0, 5, 6,
    ]);
    expect(read(backend.l2Normalize(tensor([3, 4, 0, 0], 2, 2)))).toEqual([
      Math.fround(0.6),
      Math.fround(0.8),
      0,
      0,
    ]);
    const table = tensor([1, 2, 3, 4], 2, 2);
    expect(read(backend.embedding(table, Int32Array.of(1, 0, 1)))).toEqual([3, 4, 1, 2, 3, 4]);
    expect(read(backend.embedding(table, Int32Array.of(4, 5, 6), { first: 5, of: 9 }))).toEqual([
      0, 0, 1, 2, 3, 4,
    ]);
    expect(read(backend.add(tensor([1, 2], 2), tensor([10, 20], 2)))).toEqual([11, 22]);
  });

  const single = { heads: 1, queryOffsets: Int32Array.of(0, 2) };
  // All scores are 0: the context is the mean of the visible values.
  const [zeros, values] = [tensor([0, 0], 2, 1), tensor([2, 4], 2, 1)];

  it('attention weights the values by the softmax of the scores', () => {
    expect(read(backend.attention(zeros, zeros, values, single))).toEqual([3, 3]);
    // Scores 0 and ln 3, with scale 1.
    const [q, k] = [tensor([1, 1], 2, 1), tensor([0, Math.log(3)], 2, 1)];
    for (const y of read(backend.attention(q, k, values, { ...single, scale: 1 })))
      expect(y).toBeCloseTo(3.5, 6);
  });

  it('attention applies causal masks, windows, biases, key lengths, and gives zeros for queries without visible keys', () => {
    expect(read(backend.attention(zeros, zeros, values, { ...single, causal: true }))).toEqual([2, 3]);
    expect(read(backend.attention(zeros, zeros, values, { ...single, window: 1 }))).toEqual([2, 4]);
    const bias = tensor([-Infinity, -Infinity, 0, -Infinity], 1, 1, 2, 2);
    expect(read(backend.attention(zeros, zeros, values, { ...single, bias }))).toEqual([0, 2]);
    // The last query is at the last key: with three keys the first of two queries sees two, with one key it sees none.
    const three = { ...single, causal: true, keyOffsets: Int32Array.of(0, 3) };
    const [k3, v3] = [tensor([0, 0, 0], 3, 1), tensor([1, 3, 8], 3, 1)];
    expect(read(backend.attention(zeros, k3, v3, three))).toEqual([2, 4]);
    const one = { ...single, causal: true, keyOffsets: Int32Array.of(0, 1) };
    expect(read(backend.attention(zeros, tensor([0], 1, 1), tensor([6], 1, 1), one))).toEqual([0, 6]);
  });

  it('attention computes heads side by side, with shared keys and values', () => {
    const q = tensor([1, 0, 0, 1], 1, 4);
    const k = tensor([100, 0, 0, 100], 2, 2);
    const v = tensor([1, 2, 3, 4], 2, 2);
    const options = {
      heads: 2,
      keyValueHeads: 1,
      queryOffsets: Int32Array.of(0, 1),
      keyOffsets: Int32Array.of(0, 2),
    };
    // The query of head 0 selects key 0, that of head 1 key 1.
    expect(read(backend.attention(q, k, v, options))).toEqual([1, 2, 3, 4]);
    expect(read(backend.attentionScores(q, k, { ...options, scale: 0.5 }, [1]))).toEqual([0, 50]);
    const context = backend.zeros([1, 4]);
    backend.attentionContext(tensor([0.25, 0.75], 1, 1, 1, 2), v, options, [1], context);
    expect(read(context)).toEqual([0, 0, 2.5, 3.5]);
  });

  it('attentionScores are −∞ behind the queries and keys of a shorter sequence, for every head', () => {
    // Sequences of two tokens and of one; the heads have a feature each.
    const q = tensor([1, 10, 2, 20, 3, 30], 3, 2);
    const options = { heads: 2, queryOffsets: Int32Array.of(0, 2, 3), scale: 1 };
    const none = -Infinity;
    expect(read(backend.attentionScores(q, q, options, [0, 1]))).toEqual([
      ...[1, 2, 2, 4, 100, 200, 200, 400],
      ...[9, none, none, none, 900, none, none, none],
    ]);
  });

  it('attentionContext writes the rows of its queries only', () => {
    const whole = tensor([7, 7], 2, 1);
    const options = { heads: 1, queryOffsets: Int32Array.of(0, 1) };
    backend.attentionContext(
      tensor([1], 1, 1, 1, 1),
      tensor([5], 1, 1),
      options,
      [0],
      backend.rows(whole, 0, 1),
    );
    expect(read(whole)).toEqual([5, 7]);
  });

  it('columns returns a view: writing to it changes the tensor', () => {
    const x = tensor([1, 2, 3, 4, 5, 6], 2, 3);
    backend.write(backend.columns(backend.columns(x, 1, 3), 0, 1), Float32Array.of(20, 50));
    expect(read(x)).toEqual([1, 20, 3, 4, 50, 6]);
  });

  it('throws ERR_RELEASED when weights are released twice', () => {
    const own = new ReferenceBackend();
    const weights = own.linearWeights(new Float32Array(6), new Float32Array(2), 3);
    const constant = own.constant(new Float32Array(5), [5]);
    expect(own.weightBytes).toBe(52);
    own.release(weights);
    own.release(constant);
    expect(own.weightBytes).toBe(0);
    for (const gone of [weights, constant]) {
      expect(() => own.release(gone)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    }
  });
});
