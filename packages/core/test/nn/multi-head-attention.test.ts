import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import {
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from '../../src/nn/attention/multi-head-attention.ts';
import {
  backendNames,
  expectClose,
  fixtureCases,
  floats,
  mask,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';
import { Random } from '../operations/index.ts';

interface Case {
  readonly name: string;
  readonly options: MultiHeadAttentionOptions;
  readonly state: Record<string, StoredArray>;
  readonly query: StoredArray;
  readonly key: StoredArray;
  readonly value: StoredArray;
  readonly keyPaddingMask: StoredArray | null;
  readonly attnMask: StoredArray | null;
  readonly isCausal?: boolean;
  readonly output: StoredArray;
  readonly weights: StoredArray;
}

const cases = fixtureCases<Case>('multi-head-attention');

function callOf({ keyPaddingMask, attnMask, isCausal }: Case) {
  return {
    ...(keyPaddingMask && { keyPaddingMask: mask(keyPaddingMask) }),
    ...(attnMask && { attnMask: mask(attnMask) }),
    ...(isCausal !== undefined && { isCausal }),
  };
}

describe.each(backendNames)('MultiHeadAttention on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it.each(cases.map((one) => [one.name, one] as const))('agrees with PyTorch: %s', async (_, one) => {
    const attention = await MultiHeadAttention.load(backend, stateDict(one.state), one.options);
    const inputs = [floats(one.query), floats(one.key), floats(one.value)] as const;
    const { output, weights } = attention.forward(...inputs, { ...callOf(one), needWeights: true });
    expectClose(output, one.output);
    expectClose(weights, one.weights);
    const fused = attention.forward(...inputs, callOf(one));
    expectClose(fused.output, one.output);
    expect(fused.weights).toBeUndefined();
    attention.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it('masks of fewer axes mean the same for every query, also with isCausal and addBiasKv', async () => {
    const random = new Random(3);
    const tensor = (...shape: number[]) => ({ shape, data: random.values(shape.reduce((a, b) => a * b)) });
    const attention = await MultiHeadAttention.load(
      backend,
      {
        in_proj_weight: tensor(24, 8),
        in_proj_bias: tensor(24),
        'out_proj.weight': tensor(8, 8),
        'out_proj.bias': tensor(8),
        bias_k: tensor(1, 1, 8),
        bias_v: tensor(1, 1, 8),
      },
      { embedDim: 8, numHeads: 2, addBiasKv: true },
    );
    const x = tensor(1, 4, 8);
    const hidden = Float32Array.of(0, -2, 1, 3);
    const full = Float32Array.from([...hidden, ...hidden, ...hidden, ...hidden]);
    for (const isCausal of [true, false]) {
      const output = (shape: number[], data: Float32Array) =>
        attention.forward(x, x, x, { isCausal, attnMask: { shape, data } }).output.data;
      const expected = output([4, 4], full);
      expect(output([4], hidden)).toEqual(expected);
      expect(output([1, 4], hidden)).toEqual(expected);
      expect(output([2, 1, 4], Float32Array.from([...hidden, ...hidden]))).toEqual(expected);
      expect(output([1, 2, 4, 4], Float32Array.from([...full, ...full]))).toEqual(expected);
    }
    attention.dispose();
  });

  it('averages weights over heads with averageAttnWeights', async () => {
    const one = cases[0]!;
    const attention = await MultiHeadAttention.load(backend, stateDict(one.state), one.options);
    const x = floats(one.query);
    const call = { needWeights: true, averageAttnWeights: true };
    const { weights } = attention.forward(x, x, x, call);
    const each = floats(one.weights).data;
    expect(weights?.shape).toEqual([2, 5, 5]);
    expect(weights!.data[0]).toBeCloseTo((each[0]! + each[25]!) / 2, 5);
    expect(weights!.data.slice(0, 5).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    attention.dispose();
  });

  it('returns zeros for a sequence without unmasked keys', async () => {
    const one = cases[0]!;
    const attention = await MultiHeadAttention.load(
      backend,
      {
        ...stateDict(one.state),
        'out_proj.bias': { shape: [8], data: new Float32Array(8) },
      },
      one.options,
    );
    const x = floats(one.query);
    const keyPaddingMask = { shape: [2, 5], data: Uint8Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1, 1) };
    const { output, weights } = attention.forward(x, x, x, { keyPaddingMask, needWeights: true });
    expect([...output.data.slice(40)]).toEqual(new Array(40).fill(0));
    expect([...weights!.data.slice(50)]).toEqual(new Array(50).fill(0));
    attention.dispose();
  });

  it('ablates a head with a hook', async () => {
    const one = cases[0]!;
    const attention = await MultiHeadAttention.load(backend, stateDict(one.state), one.options);
    const x = floats(one.query);
    const silent = attention.forward(x, x, x, {
      hooks: { 'attention.heads.1.context': { edit: 'scale', factor: 0 } },
      needWeights: true,
    });
    expectClose(silent.weights, one.weights);
    expect(silent.output.data).not.toEqual(attention.forward(x, x, x).output.data);
    attention.dispose();
  });
});

describe('grouped-query attention', () => {
  it('has hook points of keys and values per key-value head, of the rest per query head', async () => {
    const one = cases.find(({ options }) => options.numKeyValueHeads === 2)!;
    const attention = await MultiHeadAttention.load(
      await createBackend('wasm-simd'),
      stateDict(one.state),
      one.options,
    );
    const seen = new Map<string, readonly number[]>();
    const look = ({ name, shape }: { name: string; shape: readonly number[] }) => {
      seen.set(name.replace('attention.', ''), shape);
    };
    attention.forward(floats(one.query), floats(one.key), floats(one.value), {
      hooks: {
        'attention.heads.*.keys': look,
        'attention.heads.*.queries': look,
        'attention.heads.3.weights': look,
        'attention.keys': look,
        'attention.context': look,
      },
    });
    expect(Object.fromEntries(seen)).toEqual({
      'heads.0.queries': [8, 4],
      'heads.1.queries': [8, 4],
      'heads.2.queries': [8, 4],
      'heads.3.queries': [8, 4],
      'heads.0.keys': [12, 4],
      'heads.1.keys': [12, 4],
      keys: [12, 8],
      'heads.3.weights': [2, 1, 4, 6],
      context: [8, 16],
    });
    attention.dispose();
  });
});

describe('MultiHeadAttention errors', () => {
  const one = cases[0]!;
  const x = floats(one.query);

  it('throws ConfigError for inconsistent sizes', async () => {
    const backend = await createBackend('wasm-simd');
    expect(() => MultiHeadAttention.load(backend, {}, { embedDim: 8, numHeads: 3 })).toThrow(
      'features must be a multiple of heads and heads of key-value heads, got 8, 3 and 3',
    );
    expect(() =>
      MultiHeadAttention.load(backend, {}, { embedDim: 8, numHeads: 4, numKeyValueHeads: 3 }),
    ).toThrow('got 8, 4 and 3');
  });

  it('throws for missing, unknown and misshapen weights, and releases those loaded', async () => {
    const backend = await createBackend('wasm-simd');
    const state = stateDict(one.state);
    const { in_proj_bias: _, ...missing } = state;
    await expect(MultiHeadAttention.load(backend, missing, one.options)).rejects.toThrow('in_proj_bias');
    await expect(MultiHeadAttention.load(backend, { ...state, bias_k: x }, one.options)).rejects.toThrow(
      'MultiHeadAttention has no weights named bias_k',
    );
    await expect(
      MultiHeadAttention.load(backend, state, { ...one.options, numKeyValueHeads: 1 }),
    ).rejects.toThrow('in_proj_weight must be [16, 8] by the configuration, is [24, 8]');
    await expect(MultiHeadAttention.load(backend, state, { ...one.options, bias: false })).rejects.toThrow(
      'MultiHeadAttention has no weights named in_proj_bias, out_proj.bias',
    );
    expect(backend.weightBytes).toBe(0);
  });

  it('throws for inputs and masks of other shapes, and after dispose', async () => {
    const backend = await createBackend('wasm-simd');
    const attention = await MultiHeadAttention.load(
      backend,
      new Map(Object.entries(stateDict(one.state))),
      one.options,
    );
    const short = { data: x.data.slice(0, 40), shape: [1, 5, 8] };
    expect(() => attention.forward(short, x, x)).toThrow(
      'query, key and value must agree in batch and keys in length with values, got [1, 5, 8], [2, 5, 8], [2, 5, 8]',
    );
    expect(() => attention.forward({ data: x.data, shape: [10, 8] }, x, x)).toThrow(
      'query, key and value must agree in batch and keys in length with values, got [10, 8], [2, 5, 8], [2, 5, 8]',
    );
    const keyPaddingMask = { data: new Uint8Array(5), shape: [1, 5] };
    expect(() => attention.forward(x, x, x, { keyPaddingMask })).toThrow(
      'keyPaddingMask must be [2, 5], got [1, 5]',
    );
    const attnMask = { data: new Float32Array(20), shape: [4, 5] };
    expect(() => attention.forward(x, x, x, { attnMask })).toThrow('attnMask must be [5, 5] or [4, 5, 5] or');
    expect(() => attention.forward(x, x, x, { hooks: { 'attention.wieghts': () => {} } })).toThrow(
      'no activation named "attention.wieghts"',
    );
    attention.dispose();
    attention.dispose();
    expect(() => attention.forward(x, x, x)).toThrow('it was disposed of');
  });
});
