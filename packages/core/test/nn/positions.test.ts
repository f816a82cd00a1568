import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import { MultiHeadAttention } from '../../src/nn/attention/multi-head-attention.ts';
import { WeightLoader } from '../../src/nn/load/weight-loader.ts';
import { AlibiBias, alibiSlopes } from '../../src/nn/positions/alibi.ts';
import { LearnedPositionalEmbedding } from '../../src/nn/positions/learned.ts';
import { RelativeBias } from '../../src/nn/positions/relative-bias.ts';
import { relativePositionBucket } from '../../src/nn/positions/relative-buckets.ts';
import { RotaryEmbedding, type RotaryEmbeddingOptions } from '../../src/nn/positions/rotary.ts';
import { SinusoidalPositionalEncoding, sinusoidalPositions } from '../../src/nn/positions/sinusoidal.ts';
import { T5RelativeBias, type T5RelativeBiasOptions } from '../../src/nn/positions/t5-bias.ts';
import { withScope } from '../../src/nn/run/forward.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import {
  backendNames,
  difference,
  expectClose,
  fixtureCases,
  floats,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';

interface Fixture {
  sinusoids: StoredArray;
  oddSinusoids: StoredArray;
  rotary: {
    name: string;
    heads: number;
    first: number;
    options: RotaryEmbeddingOptions;
    input: StoredArray;
    output: StoredArray;
  }[];
  attention: {
    state: Record<string, StoredArray>;
    input: StoredArray;
    output: StoredArray;
    weights: StoredArray;
  };
  learned: { state: Record<string, StoredArray>; input: StoredArray; first: number; output: StoredArray };
  t5Buckets: { bidirectional: boolean; numBuckets: number; maxDistance: number; buckets: number[] }[];
  t5: {
    options: T5RelativeBiasOptions;
    state: Record<string, StoredArray>;
    queries: number;
    keys: number;
    output: StoredArray;
  }[];
  alibi: { heads: number; queries: number; keys: number; slopes: StoredArray; output: StoredArray }[];
}

const fixture = fixtureCases('positions') as unknown as Fixture;

describe.each(backendNames)('positions on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it.each(fixture.rotary.map((one) => [one.name, one] as const))(
    'RotaryEmbedding agrees with PyTorch: %s',
    (_, one) => {
      const rotary = new RotaryEmbedding(backend, one.options);
      expectClose(rotary.forward(floats(one.input), { heads: one.heads, first: one.first }), one.output);
      rotary.dispose();
      expect(backend.weightBytes).toBe(0);
    },
  );

  it('RotaryEmbedding computes its table only up to the positions used', () => {
    const rotary = new RotaryEmbedding(backend, { dim: 4, maxPositions: 300 });
    expect(backend.weightBytes).toBe(0);
    const x = { data: Float32Array.from({ length: 8 }, (_, i) => i), shape: [1, 1, 8] };
    const turned = (first: number) => rotary.forward(x, { heads: 2, first }).data;
    const early = turned(1);
    expect(backend.weightBytes).toBe(64 * 4 * 4);
    const late = turned(64);
    expect(backend.weightBytes).toBe(128 * 4 * 4);
    const last = turned(299);
    expect(backend.weightBytes).toBe(300 * 4 * 4);
    expect([turned(1), turned(64)]).toEqual([early, late]);
    expect(() => turned(300)).toThrow('there are 300 positions, the last token would be at position 300');
    rotary.dispose();
    rotary.dispose();
    expect(backend.weightBytes).toBe(0);
    expect(turned(299)).toEqual(last);
    rotary.dispose();
  });

  it('RotaryEmbedding agrees with PyTorch within MultiHeadAttention', async () => {
    const { state, input, output, weights } = fixture.attention;
    const rotary = new RotaryEmbedding(backend, { dim: 4, maxPositions: 6 });
    const attention = await MultiHeadAttention.load(backend, stateDict(state), {
      embedDim: 8,
      numHeads: 2,
      rotary,
    });
    const x = floats(input);
    const result = attention.forward(x, x, x, { isCausal: true, needWeights: true });
    expectClose(result.output, output);
    expectClose(result.weights, weights);
    const longer = { data: new Float32Array(7 * 8), shape: [1, 7, 8] };
    expect(() => attention.forward(longer, longer, longer)).toThrow('there are 6 positions');
    attention.dispose();
    rotary.dispose();
  });

  it('RotaryEmbedding counts the positions of queries and of keys of another length on their own', async () => {
    const rotary = new RotaryEmbedding(backend, { dim: 4, maxPositions: 9 });
    const attention = await MultiHeadAttention.load(backend, stateDict(fixture.attention.state), {
      embedDim: 8,
      numHeads: 2,
      rotary,
    });
    const [batch, long, short, width] = [2, 9, 4, 8];
    const values = (scale: number) =>
      Float32Array.from({ length: batch * long * width }, (_, i) => Math.sin(i * scale));
    const whole = (scale: number) => ({ data: values(scale), shape: [batch, long, width] });
    const start = ({ data }: { data: Float32Array }) => ({
      data: Float32Array.from(
        [0, 1].flatMap((s) => [...data.subarray(s * long * width, (s * long + short) * width)]),
      ),
      shape: [batch, short, width],
    });
    const [x, y] = [whole(0.37), whole(0.73)];
    const all = attention.forward(x, y, y).output;
    expect(difference(attention.forward(start(x), y, y).output.data, start(all).data)).toBeLessThan(1e-5);
    const keyPaddingMask = {
      shape: [batch, long],
      data: Uint8Array.from({ length: batch * long }, (_, i) => (i % long < short ? 0 : 1)),
    };
    const masked = attention.forward(x, y, y, { keyPaddingMask }).output.data;
    expect(difference(attention.forward(x, start(y), start(y)).output.data, masked)).toBeLessThan(1e-5);
    attention.dispose();
    rotary.dispose();
  });

  it('LearnedPositionalEmbedding agrees with PyTorch', async () => {
    const { state, input, first, output } = fixture.learned;
    const options = { numEmbeddings: 9, embeddingDim: 6 };
    const positions = await LearnedPositionalEmbedding.load(backend, stateDict(state), options);
    expectClose(positions.forward(floats(input), first), output);
    expect(() => positions.forward(floats(input), 6)).toThrow(
      'there are 9 positions, the last token would be at position 9',
    );
    positions.dispose();
  });

  it('AlibiBias gives equal attention as a matrix and as a causal row', async () => {
    const { state, input } = fixture.attention;
    const attention = await MultiHeadAttention.load(backend, stateDict(state), { embedDim: 8, numHeads: 2 });
    const x = floats(input);
    const alibi = new AlibiBias(2);
    const run = (attnMask: ReturnType<AlibiBias['forward']>) =>
      attention.forward(x, x, x, { attnMask, isCausal: true, needWeights: true });
    const [whole, row] = [run(alibi.forward(6)), run(alibi.causal(6))];
    expect(difference(whole.weights!.data, row.weights!.data)).toBeLessThanOrEqual(1e-6);
    expect(difference(whole.output.data, row.output.data)).toBeLessThanOrEqual(1e-5);
    const plain = attention.forward(x, x, x, { isCausal: true, needWeights: true }).weights!.data;
    expect(difference(whole.weights!.data, plain)).toBeGreaterThan(1e-3);
    attention.dispose();
  });
});

describe('positions', () => {
  it('sinusoidalPositions computes the sinusoids of Vaswani et al. 2017', () => {
    expectClose(sinusoidalPositions(50, 10), fixture.sinusoids, 1e-7);
    expectClose(sinusoidalPositions(7, 5), fixture.oddSinusoids, 1e-7);
    const zeros = { data: new Float32Array(2 * 4 * 10), shape: [2, 4, 10] };
    const { data } = new SinusoidalPositionalEncoding().forward(zeros, 3);
    const expected = floats(fixture.sinusoids).data.subarray(30, 70);
    expect(difference(data.subarray(0, 40), expected)).toBeLessThanOrEqual(1e-7);
    expect(data.subarray(40)).toEqual(data.subarray(0, 40));
    expect(() => sinusoidalPositions(1.5, 4)).toThrow('length must be a whole number');
  });

  it.each(fixture.t5Buckets)(
    'relativePositionBucket agrees with Hugging Face: bidirectional $bidirectional, $numBuckets buckets',
    ({ buckets, ...options }) => {
      expect(buckets.map((_, i) => relativePositionBucket(i - 300, options))).toEqual(buckets);
    },
  );

  it('T5RelativeBias agrees with Hugging Face', async () => {
    const backend = await createBackend('reference');
    for (const { options, state, queries, keys, output } of fixture.t5) {
      const bias = await T5RelativeBias.load(backend, stateDict(state), options);
      expectClose(bias.forward(queries, keys), output, 0);
    }
    const one = fixture.t5[0]!;
    expect(() => T5RelativeBias.load(backend, {}, { ...one.options, numBuckets: 7 })).toThrow(
      'numBuckets must be even',
    );
    expect(() => T5RelativeBias.load(backend, {}, { ...one.options, maxDistance: 1e9 })).toThrow(
      'at most 65536, got 8 and 1000000000',
    );
    await expect(T5RelativeBias.load(backend, stateDict(one.state), { numHeads: 3 })).rejects.toThrow(
      'relative_attention_bias.weight must be [32, 3]',
    );
  });

  it.each([true, false])(
    'RelativeBias has the biases of all distances when bidirectional is %s',
    async (bidirectional) => {
      const [heads, numBuckets] = [3, 32];
      const table = Float32Array.from({ length: heads * numBuckets }, (_, i) => i);
      const buckets = { numBuckets, maxDistance: 128, bidirectional };
      for (const name of ['reference', 'wasm-simd'] as const) {
        const backend = await createBackend(name);
        const loader = new WeightLoader(
          checkpointOf({ bias: { data: table, shape: [numBuckets, heads] } }),
          backend,
        );
        const bias = await RelativeBias.load(loader, { name: 'bias', heads }, buckets);
        for (const [starts, queries, keys] of [
          [[0], 5, 5],
          [[7, 0, 3], 2, 9],
          [[700], 1, 701],
          [[600, 0], 3, 1300],
          [[1400], 2, 5],
          [[-900], 2, 3],
          [[0], 0, 0],
        ] as const) {
          const got = withScope(backend, () => backend.read(bias.forward(backend, starts, queries, keys)));
          const expected = starts.flatMap((start) =>
            Array.from({ length: heads * queries * keys }, (_, i) => {
              const [head, query, key] = [
                Math.floor(i / keys / queries),
                Math.floor(i / keys) % queries,
                i % keys,
              ];
              return table[relativePositionBucket(key - query - start, buckets) * heads + head]!;
            }),
          );
          expect([...got], `${name}, ${starts}, ${queries}, ${keys}`).toEqual(expected);
        }
        loader.release();
      }
    },
  );

  it.each(fixture.alibi)('AlibiBias computes the slopes and bias of $heads heads', (one) => {
    expect(difference(alibiSlopes(one.heads), floats(one.slopes).data)).toBeLessThanOrEqual(1e-9);
    expectClose(new AlibiBias(one.heads).forward(one.queries, one.keys), one.output, 1e-6);
  });

  it('throws ConfigError for invalid options', async () => {
    const backend = await createBackend('wasm-simd');
    expect(() => new AlibiBias(0)).toThrow('from 1 to 65536, got 0');
    expect(() => new RotaryEmbedding(backend, { dim: 3 })).toThrow('dim must be an even number');
    expect(() => new RotaryEmbedding(backend, { dim: 4, maxPositions: 0 })).toThrow('maxPositions');
    const linear = { ropeType: 'linear', factor: 0 } as const;
    for (const factor of [0, -1, NaN, Infinity, '2' as unknown as number]) {
      const scaling = { ...linear, factor };
      expect(() => new RotaryEmbedding(backend, { dim: 4, scaling })).toThrow(
        'factor must be a number above 0',
      );
    }
    const llama3 = { ropeType: 'llama3', factor: 8, lowFreqFactor: 4, highFreqFactor: 1 } as const;
    const scaling = { ...llama3, originalMaxPositionEmbeddings: 64 };
    expect(() => new RotaryEmbedding(backend, { dim: 4, scaling })).toThrow('highFreqFactor must be above');
    const unknown = { ropeType: 'ntk', factor: 2 } as unknown as typeof linear;
    expect(() => new RotaryEmbedding(backend, { dim: 4, scaling: unknown })).toThrow(
      'ropeType must be one of linear, llama3, yarn, longrope, got "ntk"',
    );
    const longrope = { ropeType: 'longrope', factors: [1], attentionFactor: 1 } as const;
    expect(() => new RotaryEmbedding(backend, { dim: 4, scaling: longrope })).toThrow(
      'factors must be 2 numbers above 0, got 1',
    );
    expect(backend.weightBytes).toBe(0);
  });
});
