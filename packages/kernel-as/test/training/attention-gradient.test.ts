import { describe, expect, it } from 'vitest';
import { ALL, type AttentionShape, attentionGradient64, visibleKeys } from '../helpers/attention.ts';
import { expectAdded, withMargin, withoutMargin } from '../helpers/gradients.ts';
import { type GuardedBuffer, sequence } from '../helpers/guard.ts';
import { GuardedTraining } from '../helpers/training.ts';

const builds = ['simd', 'relaxed-simd'] as const;

type BiasKind = 'none' | 'full' | 'shared' | 'keys' | 'masked';

interface Case extends Omit<AttentionShape, 'biasHead' | 'biasRow' | 'scale'> {
  scale?: number;
  bias?: BiasKind;
  margin?: number;
  /** Gradients to be computed: dq, dk, dv, dBias. Default all. */
  wanted?: readonly [boolean, boolean, boolean, boolean];
}

const plain = { heads: 2, group: 1, headDim: 5, valueDim: 7, before: ALL, after: ALL };
const edges = [0, 1, 2, 7, 39, 40, 41, 48, 49, 97];
const biasKinds: readonly BiasKind[] = ['none', 'full', 'shared', 'keys', 'masked'];

const single: NonNullable<Case['wanted']>[] = [
  [true, false, false, false],
  [false, true, false, false],
  [false, false, true, false],
  [false, false, false, true],
  [false, false, false, false],
];

const small: Case[] = [
  // Around the blocks of 40 and 48 queries and keys, head dimensions around panels of 8.
  ...edges.flatMap((queries, i) =>
    edges.map((keys, j) => ({
      ...plain,
      queries,
      keys,
      headDim: 1 + ((3 * i + 5 * j) % 17),
      valueDim: 1 + ((5 * i + 2 * j) % 17),
      after: (i + j) % 3 === 0 ? 0 : ALL,
      before: (i + j) % 5 === 1 ? 11 : ALL,
      bias: biasKinds[(i * 3 + j) % biasKinds.length]!,
      margin: (i + j) % 3,
    })),
  ),
  {
    ...plain,
    queries: 50,
    keys: 61,
    heads: 6,
    group: 3,
    headDim: 32,
    valueDim: 16,
    after: 0,
    bias: 'shared',
  },
  { ...plain, queries: 61, keys: 50, heads: 4, group: 4, headDim: 16, valueDim: 32, after: 0 },
  { ...plain, queries: 130, keys: 130, before: 9, after: 9, headDim: 8, valueDim: 8, bias: 'full' },
  // Large scores: weights are 0 and 1.
  { ...plain, queries: 45, keys: 45, scale: 1e4 },
  ...single.map((wanted) => ({ ...plain, queries: 50, keys: 60, bias: 'full' as const, wanted })),
];

/** Up to 2,048 keys, which are packed once per head and whose weights are kept, and beyond. */
const long: Case[] = [
  { ...plain, queries: 100, keys: 530, after: 0, headDim: 16, valueDim: 8 },
  { ...plain, queries: 530, keys: 530, heads: 1, after: 0, headDim: 8, valueDim: 8, bias: 'full' },
  { ...plain, queries: 60, keys: 2048, heads: 2, group: 2, headDim: 8, valueDim: 8 },
  { ...plain, queries: 60, keys: 2085, heads: 1, headDim: 8, valueDim: 8, bias: 'keys' },
  { ...plain, queries: 60, keys: 4300, heads: 2, group: 2, headDim: 8, valueDim: 8, after: 0 },
  { ...plain, queries: 41, keys: 4300, heads: 1, headDim: 4, valueDim: 4, scale: 30 },
  { ...plain, queries: 1, keys: 4300, heads: 1, headDim: 4, valueDim: 4 },
  { ...plain, queries: 100, keys: 4300, before: 300, after: 0, heads: 1, headDim: 4, valueDim: 4 },
];

function operandsOf(test: Case) {
  const { queries, keys, heads, group, headDim, valueDim, bias = 'none' } = test;
  const biasHead = bias === 'full' ? queries * keys : 0;
  const biasRow = bias === 'full' || bias === 'shared' || bias === 'masked' ? keys : 0;
  const shape: AttentionShape = { scale: 0.5, ...test, biasHead, biasRow };
  const size = bias === 'none' ? 0 : keys && (heads - 1) * biasHead + (queries - 1) * biasRow + keys;
  const biases = bias === 'none' || queries === 0 ? undefined : sequence(Math.max(0, size), 5);
  // Rows without visible keys, and single masked keys.
  if (biases && bias === 'masked') {
    for (const i of biases.keys()) {
      if (i % (3 * keys) < keys || i % 7 === 0) biases[i] = -Infinity;
    }
  }
  const kvHeads = heads / group;
  const values = {
    q: sequence(queries * heads * headDim),
    k: sequence(keys * kvHeads * headDim, 2),
    v: sequence(keys * kvHeads * valueDim, 3),
    bias: biases,
  };
  const dOut = sequence(queries * heads * valueDim, 4);
  return { shape, values, dOut, widths: [heads * headDim, kvHeads * headDim, kvHeads * valueDim] as const };
}

describe.each(builds)('attentionGradient, %s build', (build) => {
  async function check(cases: readonly Case[], pages: number, guarded: boolean): Promise<void> {
    const memory = await GuardedTraining.create(build, pages);
    const training = memory.exports;
    for (const test of cases) {
      const { shape, values, dOut, widths } = operandsOf(test);
      const { queries, keys, heads, group, headDim, valueDim, scale, before, after, biasHead, biasRow } =
        shape;
      const { margin = 0, wanted = [true, true, true, true] } = test;
      const [wq, wk, wv] = widths;
      const wo = heads * valueDim;
      const exact = attentionGradient64(shape, values, dOut);
      const biases = values.bias;
      const initial = [values.q, values.k, values.v, biases ?? new Float32Array()].map(({ length }, i) =>
        sequence(length, 10 + i),
      );
      const rows = (x: Float32Array, width: number) => ({ values: withMargin(x, width, margin) });
      const output = (x: Float32Array, width: number, write: boolean) => ({
        values: withMargin(x, width, margin),
        writes: write && (margin === 0 || ((i: number) => i % (width + margin) < width)),
      });
      const buffers: GuardedBuffer[] = [
        rows(values.q, wq),
        rows(values.k, wk),
        rows(values.v, wv),
        rows(Float32Array.from(exact.out), wo),
        rows(dOut, wo),
        output(initial[0]!, wq, wanted[0]),
        output(initial[1]!, wk, wanted[1]),
        output(initial[2]!, wv, wanted[2]),
        { values: initial[3]!, writes: wanted[3] && biases !== undefined },
        { values: biases ?? new Float32Array() },
        { values: training.attentionGradientScratch(keys, headDim, valueDim), writes: true },
      ];
      const name = JSON.stringify(test);
      const run = (...at: number[]) => {
        const [q, k, v, out, d, dq, dk, dv, dBias, bias, scratch] = at as [number, ...number[]];
        training.attentionGradient(
          ...([
            q,
            wq + margin,
            k!,
            wk + margin,
            v!,
            wv + margin,
            out!,
            wo + margin,
            d!,
            wo + margin,
          ] as const),
          ...([wanted[0] ? dq! : 0, wq + margin, wanted[1] ? dk! : 0, wk + margin] as const),
          ...([
            wanted[2] ? dv! : 0,
            wv + margin,
            queries,
            keys,
            heads,
            group,
            headDim,
            valueDim,
            scale,
          ] as const),
          ...([
            biases ? bias! : 0,
            biases && wanted[3] ? dBias! : 0,
            biasHead,
            biasRow,
            before,
            after,
          ] as const),
          scratch!,
        );
      };
      const results = guarded ? memory.run(name, buffers, run) : memory.call(buffers, run);
      const exacts = [exact.dq, exact.dk, exact.dv, exact.dBias];
      let index = 0;
      for (const [i, gradient] of exacts.entries()) {
        if (!wanted[i] || (i === 3 && !biases)) continue;
        const got = withoutMargin(results[index++]!, widths[i] ?? 0, i < 3 ? margin : 0);
        expectAdded(got, initial[i]!, gradient, `${name}, gradient ${i}`, 3e-6 * Math.max(1, scale), 1);
      }
    }
  }

  it('adds the gradients to its outputs and accesses only its arguments', () => check(small, 10, true));

  it('adds the gradients of long attention', () => check(long, 40, false), 60_000);

  it('has scratch memory that does not grow from 2,048 keys on', async () => {
    const training = (await GuardedTraining.create(build, 1)).exports;
    const bytes = [2048, 4096, 1 << 20].map((keys) => training.attentionGradientScratch(keys, 64, 64));
    expect(bytes[1]).toBe(bytes[2]);
    expect(bytes[1]).toBe(bytes[0]);
    // A matrix of 2,048 × 2,048 scores would have 16 MiB.
    expect(Math.max(...bytes)).toBeLessThan(2 * 1024 * 1024);
  });

  it('gives zeros for queries and keys that are all masked, whatever their values', async () => {
    const memory = await GuardedTraining.create(build, 6);
    const training = memory.exports;
    const [queries, keys, dim] = [50, 40, 8];
    const zeros = (length: number) => ({ values: new Float32Array(length), writes: true });
    const results = memory.run(
      'masked',
      [
        { values: sequence(queries * dim) },
        { values: sequence(keys * dim, 2) },
        { values: sequence(keys * dim, 3) },
        { values: new Float32Array(queries * dim) },
        { values: sequence(queries * dim, 4) },
        zeros(queries * dim),
        zeros(keys * dim),
        zeros(keys * dim),
        { values: new Float32Array(keys).fill(-Infinity) },
        { values: training.attentionGradientScratch(keys, dim, dim), writes: true },
      ],
      (...at) => {
        const [q, k, v, out, d, dq, dk, dv, bias, scratch] = at as [number, ...number[]];
        training.attentionGradient(
          ...([q, dim, k!, dim, v!, dim, out!, dim, d!, dim, dq!, dim, dk!, dim, dv!, dim] as const),
          ...([queries, keys, 1, 1, dim, dim, 0.3, bias!, 0, 0, 0, ALL, ALL, scratch!] as const),
        );
      },
    );
    for (const result of results) expect(result.every((x) => Object.is(x, 0))).toBe(true);
  });
});

describe.each(builds)('gradients of attention with stored weights, %s build', (build) => {
  it('attentionScoresGradient adds the gradients and does not read those of masked keys', async () => {
    const memory = await GuardedTraining.create(build, 6);
    const training = memory.exports;
    for (const [index, test] of small.filter(({ wanted }) => !wanted).entries()) {
      const { shape, values, widths } = operandsOf({ ...test, heads: 1, group: 1 });
      const { queries, keys, headDim, scale, before, after, biasRow } = shape;
      const margin = index % 3;
      const [wq, wk] = widths;
      const dScores = sequence(queries * keys, 6);
      const [dq, dk, dBias] = [values.q, values.k, values.bias ?? new Float32Array()].map(
        ({ length }) => new Float64Array(length),
      ) as [Float64Array, Float64Array, Float64Array];
      for (let query = 0; query < queries; query++) {
        const [from, to] = visibleKeys(shape, query);
        for (let key = 0; key < keys; key++) {
          const at = query * keys + key;
          if (key < from || key >= to) {
            dScores[at] = Number.NaN;
            continue;
          }
          if (values.bias) dBias[query * biasRow + key]! += dScores[at]!;
          for (let i = 0; i < headDim; i++) {
            dq[query * headDim + i]! += dScores[at]! * scale * values.k[key * headDim + i]!;
            dk[key * headDim + i]! += dScores[at]! * scale * values.q[query * headDim + i]!;
          }
        }
      }
      const initial = [dq, dk, dBias].map(({ length }, i) => sequence(length, 10 + i));
      const rows = (x: Float32Array, width: number) => ({ values: withMargin(x, width, margin) });
      const output = (x: Float32Array, width: number) => ({
        ...rows(x, width),
        writes: margin === 0 || ((i: number) => i % (width + margin) < width),
      });
      const name = JSON.stringify(test);
      const results = memory.run(
        name,
        [
          rows(values.q, wq),
          rows(values.k, wk),
          rows(dScores, keys),
          output(initial[0]!, wq),
          output(initial[1]!, wk),
          { values: initial[2]!, writes: true },
          { values: training.attentionWeightsGradientScratch(headDim, 1), writes: true },
        ],
        (...at) => {
          const [q, k, d, toQ, toK, toBias, scratch] = at as [number, ...number[]];
          training.attentionScoresGradient(
            ...([
              q,
              wq + margin,
              k!,
              wk + margin,
              d!,
              keys + margin,
              toQ!,
              wq + margin,
              toK!,
              wk + margin,
            ] as const),
            ...([
              queries,
              keys,
              headDim,
              scale,
              values.bias ? toBias! : 0,
              biasRow,
              before,
              after,
              scratch!,
            ] as const),
          );
        },
      );
      for (const [i, gradient] of [dq, dk, dBias].entries()) {
        const got = withoutMargin(results[i]!, widths[i] ?? 0, i < 2 ? margin : 0);
        expectAdded(got, initial[i]!, gradient, `${name}, gradient ${i}`, 3e-6 * Math.max(1, scale), 1);
      }
    }
  });

  it('attentionContextGradient adds the gradients', async () => {
    const memory = await GuardedTraining.create(build, 6);
    const training = memory.exports;
    for (const [index, { queries, keys, valueDim }] of small.entries()) {
      const margin = index % 3;
      const [weights, v, dOut] = [
        sequence(queries * keys),
        sequence(keys * valueDim, 2),
        sequence(queries * valueDim, 3),
      ] as const;
      const [dWeights, dv] = [new Float64Array(weights.length), new Float64Array(v.length)];
      for (let query = 0; query < queries; query++) {
        for (let key = 0; key < keys; key++) {
          for (let i = 0; i < valueDim; i++) {
            const gradient = dOut[query * valueDim + i]!;
            dWeights[query * keys + key]! += gradient * v[key * valueDim + i]!;
            dv[key * valueDim + i]! += gradient * weights[query * keys + key]!;
          }
        }
      }
      const rows = (x: Float32Array, width: number) => ({ values: withMargin(x, width, margin) });
      const output = (x: Float32Array, width: number) => ({
        ...rows(x, width),
        writes: margin === 0 || ((i: number) => i % (width + margin) < width),
      });
      const initial = [sequence(weights.length, 10), sequence(v.length, 11)] as const;
      const name = `${queries} × ${keys} × ${valueDim}, margin ${margin}`;
      const [ws, vs] = [keys + margin, valueDim + margin];
      const results = memory.run(
        name,
        [
          rows(weights, keys),
          rows(v, valueDim),
          rows(dOut, valueDim),
          output(initial[0], keys),
          output(initial[1], valueDim),
          { values: training.attentionWeightsGradientScratch(1, valueDim), writes: true },
        ],
        (w, x, d, toW, toV, scratch) =>
          training.attentionContextGradient(
            ...([w!, ws, x!, vs, d!, vs, toW!, ws, toV!, vs, queries, keys, valueDim, scratch!] as const),
          ),
      );
      expectAdded(withoutMargin(results[0]!, keys, margin), initial[0], dWeights, name, 3e-6, 1);
      expectAdded(withoutMargin(results[1]!, valueDim, margin), initial[1], dv, name, 3e-6, 1);
    }
  });
});
