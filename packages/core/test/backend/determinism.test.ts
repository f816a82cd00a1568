import { type ActivationName, activationCodes } from '@headwise/kernel';
import { describe, expect, it } from 'vitest';
import { type Backend, createBackend, type Tensor, weightTypes } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import { offsetsOf, Random } from '../operations/index.ts';
import { attention, attentionInSteps, makeAttention } from './cases/attention.ts';
import { attentionCases } from './cases/attention-grid.ts';
import { linearCases } from './cases/linear.ts';
import { normCases } from './cases/norms.ts';
import { recurrentCases } from './cases/recurrent.ts';
import { rotaryCases } from './cases/rotary.ts';
import { type Case, runCase } from './lib/case.ts';
import { Inputs } from './lib/inputs.ts';

const builds = ['wasm-simd', 'wasm-relaxed-simd'] as const;

/** Whether two arrays are bit-identical, including NaN payloads and the sign of zero. */
function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bytes = (x: Float32Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  return bytes(a).equals(bytes(b));
}

/** Every 17th case of the grid, which includes all operations and options. */
const sample: Case[] = Object.values({
  ...linearCases,
  ...normCases,
  ...attentionCases,
  ...recurrentCases,
  ...rotaryCases,
})
  .flat()
  .filter((_, index) => index % 17 === 0);

describe.each(builds)('%s is bit-identical', (name) => {
  it('across runs, instances and memory addresses', async () => {
    const [used, fresh] = [await createBackend(name), await createBackend(name)];
    used.constant(new Float32Array(1001), [1001]);
    const close = used.openScope();
    used.zeros([333]);
    for (const one of sample) {
      const [first, ...others] = [used, used, fresh].map((backend) => runCase(backend, one));
      for (const other of others) {
        expect(
          first!.every((values, i) => sameBits(values, other[i]!)),
          one.name,
        ).toBe(true);
      }
    }
    close();
  });

  it.each(weightTypes)('for a row of a %s linear layer, independent of the other rows', async (dtype) => {
    const backend = await createBackend(name);
    const activations = Object.keys(activationCodes) as ActivationName[];
    for (const [seed, outFeatures] of [3, 8, 13, 32, 41, 64, 75].entries()) {
      const [rows, inFeatures] = [200, 19];
      const activation = activations[seed % activations.length]!;
      const random = new Random(seed);
      const x = random.values(rows * inFeatures);
      const residual = random.values(rows * outFeatures);
      const weights = backend.linearWeights(
        random.values(outFeatures * inFeatures),
        random.values(outFeatures),
        inFeatures,
        dtype,
      );
      const rowsFrom = (from: number, to: number): Float32Array =>
        withScope(backend, () => {
          const part = backend.tensor(x.subarray(from * inFeatures, to * inFeatures), [
            to - from,
            inFeatures,
          ]);
          const added = backend.tensor(residual.subarray(from * outFeatures, to * outFeatures), [
            to - from,
            outFeatures,
          ]);
          return backend.read(backend.linear(part, weights, { activation, residual: added }));
        });
      const all = rowsFrom(0, rows);
      for (const count of [1, 2, 3, 4, 5, 6, 7, 11, 132, 133, 160, 161, 192, 193]) {
        for (const from of [0, 1, 4, rows - count]) {
          if (from + count > rows) continue;
          const part = all.subarray(from * outFeatures, (from + count) * outFeatures);
          const what = `rows ${from} to ${from + count} of ${rows}, ${outFeatures} columns, ${activation}`;
          expect(sameBits(rowsFrom(from, from + count), part), what).toBe(true);
        }
      }
    }
  });

  it('for an output feature of a linear layer, independent of the other output features', async () => {
    const backend = await createBackend(name);
    const random = new Random(5);
    const [rows, inFeatures, outFeatures] = [7, 33, 50];
    const x = random.values(rows * inFeatures);
    const weight = random.values(outFeatures * inFeatures);
    const columnsFrom = (from: number, to: number): Float32Array =>
      withScope(backend, () => {
        const weights = backend.linearWeights(
          weight.subarray(from * inFeatures, to * inFeatures),
          undefined,
          inFeatures,
        );
        return backend.read(backend.linear(backend.tensor(x, [rows, inFeatures]), weights));
      });
    const all = columnsFrom(0, outFeatures);
    for (const [from, to] of [
      [0, 1],
      [7, 9],
      [8, 40],
      [49, 50],
    ] as const) {
      const part = columnsFrom(from, to);
      for (let row = 0; row < rows; row++) {
        const expected = all.subarray(row * outFeatures + from, row * outFeatures + to);
        expect(sameBits(part.subarray(row * (to - from), (row + 1) * (to - from)), expected)).toBe(true);
      }
    }
  });

  it('for a row of a softmax, independent of the other rows', async () => {
    const backend = await createBackend(name);
    for (const width of [1, 3, 4, 7, 8, 13, 16, 31, 64, 101]) {
      const rows = 5;
      const x = new Random(width).values(rows * width, 6);
      // A fully masked row.
      x.fill(-Infinity, 2 * width, 3 * width);
      const softmax = (values: Float32Array) =>
        withScope(backend, () =>
          backend.read(backend.softmax(backend.tensor(values, [values.length / width, width]))),
        );
      const all = softmax(x);
      for (let row = 0; row < rows; row++) {
        const alone = softmax(x.slice(row * width, (row + 1) * width));
        expect(sameBits(alone, all.slice(row * width, (row + 1) * width)), `${row} of ${width}`).toBe(true);
      }
    }
  });

  it('for a head and a query, independent of the other heads and of later queries', async () => {
    const backend = await createBackend(name);
    // One or several heads per key-value head, odd numbers of heads, more heads than the kernel processes at once; one and several queries.
    for (const [seed, [queries, heads, group]] of (
      [
        [1, 5, 1],
        [1, 9, 3],
        [2, 4, 2],
        [8, 3, 1],
        [5, 6, 3],
        [1, 70, 70],
      ] as const
    ).entries()) {
      const [keys, dim] = [77, 13];
      const keyValueHeads = heads / group;
      withScope(backend, () => {
        const inputs = new Inputs(backend, seed);
        const shape = { heads, keyValueHeads, headDim: dim, valueDim: dim, causal: true, seed };
        const { q, k, v, options } = makeAttention(inputs, { ...shape, queries: [queries], keys: [keys] });
        const all = backend.read(backend.attention(q, k, v, options));
        for (let head = 0; head < heads; head++) {
          const kv = Math.floor(head / group);
          const column = (x: Tensor, h: number) => backend.columns(x, h * dim, (h + 1) * dim);
          for (let query = 0; query < queries; query++) {
            const visible = keys - queries + query + 1;
            const one = backend.attention(
              backend.rows(column(q, head), query, query + 1),
              backend.rows(column(k, kv), 0, visible),
              backend.rows(column(v, kv), 0, visible),
              { heads: 1, queryOffsets: Int32Array.of(0, 1), keyOffsets: Int32Array.of(0, visible) },
            );
            const from = (query * heads + head) * dim;
            expect(sameBits(backend.read(one), all.slice(from, from + dim)), `${head}, ${query}`).toBe(true);
          }
        }
      });
    }
  });

  it('for a sequence, independent of the rest of its batch', async () => {
    const backend = await createBackend(name);
    const queries = [5, 0, 33, 1, 200, 6];
    const shared = { heads: 3, keyValueHeads: 1, headDim: 20, valueDim: 12, causal: true, window: 40 };
    const width = shared.heads * shared.valueDim;
    withScope(backend, () => {
      const inputs = new Inputs(backend, 3);
      const { q, k, v, options } = makeAttention(inputs, { ...shared, queries, seed: 3 });
      const all = backend.read(backend.attention(q, k, v, options));
      const offsets = offsetsOf(queries);
      for (const [s, length] of queries.entries()) {
        const rows = (values: Float32Array, features: number) =>
          backend.tensor(values.slice(offsets[s]! * features, offsets[s + 1]! * features), [
            length,
            features,
          ]);
        const alone = backend.attention(
          rows(backend.read(q), q.shape[1]!),
          rows(backend.read(k), k.shape[1]!),
          rows(backend.read(v), v.shape[1]!),
          { ...options, queryOffsets: Int32Array.of(0, length) },
        );
        const expected = all.subarray(offsets[s]! * width, offsets[s + 1]! * width);
        expect(sameBits(backend.read(alone), expected)).toBe(true);
      }
    });
  });
});

describe('wasm-simd', () => {
  it('linear is bit-identical to a plain loop in float32', async () => {
    const backend: Backend = await createBackend('wasm-simd');
    const random = new Random(8);
    for (const [rows, inFeatures, outFeatures] of [
      [1, 300, 37],
      [7, 65, 12],
      [161, 9, 33],
    ] as const) {
      const x = random.values(rows * inFeatures);
      const weight = random.values(outFeatures * inFeatures);
      const expected = new Float32Array(rows * outFeatures);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < outFeatures; column++) {
          let sum = 0;
          for (let i = 0; i < inFeatures; i++) {
            sum = Math.fround(sum + Math.fround(x[row * inFeatures + i]! * weight[column * inFeatures + i]!));
          }
          expected[row * outFeatures + column] = sum;
        }
      }
      const got = withScope(backend, () =>
        backend.read(
          backend.linear(
            backend.tensor(x, [rows, inFeatures]),
            backend.linearWeights(weight, undefined, inFeatures),
          ),
        ),
      );
      expect(sameBits(got, expected)).toBe(true);
    }
  });

  it('attention is bit-identical to attentionScores, softmax and attentionContext', async () => {
    const backend = await createBackend('wasm-simd');
    const p = { heads: 2, keyValueHeads: 1, headDim: 9, valueDim: 7, queries: [11], causal: true, seed: 1 };
    const streamed = runCase(backend, attention(p))[0]!;
    const inSteps = runCase(backend, attentionInSteps(p))[1]!;
    expect(sameBits(inSteps, streamed)).toBe(true);
  });
});
