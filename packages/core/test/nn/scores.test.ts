import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import {
  type ScaledDotProductOptions,
  scaledDotProductAttention,
} from '../../src/nn/attention/scaled-dot-product.ts';
import {
  AdditiveAttention,
  type AdditiveAttentionOptions,
  ConcatAttention,
  GeneralAttention,
} from '../../src/nn/attention/scores/attentions.ts';
import { DotAttention, ScaledDotProductAttention } from '../../src/nn/attention/scores/dot-attention.ts';
import {
  backendNames,
  difference,
  expectClose,
  fixtureCases,
  floats,
  mask,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';

interface ScoreCase {
  readonly name: string;
  readonly kind: 'additive' | 'concat' | 'general' | 'dot' | 'scaledDot';
  readonly options: AdditiveAttentionOptions;
  readonly state: Record<string, StoredArray>;
  readonly query: StoredArray;
  readonly keys: StoredArray;
  readonly values: StoredArray | null;
  readonly keyPaddingMask: StoredArray | null;
  readonly context: StoredArray;
  readonly weights: StoredArray;
}

interface ProductCase {
  readonly name: string;
  readonly options: ScaledDotProductOptions;
  readonly attnMask: StoredArray | null;
  readonly query: StoredArray;
  readonly key: StoredArray;
  readonly value: StoredArray;
  readonly output: StoredArray;
  readonly weights: StoredArray;
}

const { scores, products } = fixtureCases('scores') as unknown as {
  scores: ScoreCase[];
  products: ProductCase[];
};

async function load(backend: Backend, { kind, options, state }: ScoreCase) {
  const weights = stateDict(state);
  switch (kind) {
    case 'additive':
      return AdditiveAttention.load(backend, weights, options);
    case 'concat':
      return ConcatAttention.load(backend, weights, options);
    case 'general':
      return GeneralAttention.load(backend, weights, options);
    case 'dot':
      return new DotAttention(backend);
    case 'scaledDot':
      return new ScaledDotProductAttention(backend);
  }
}

function callOf({ values, keyPaddingMask }: ScoreCase) {
  return {
    ...(values && { values: floats(values) }),
    ...(keyPaddingMask && { keyPaddingMask: mask(keyPaddingMask) }),
  };
}

describe.each(backendNames)('attention scores on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it.each(scores.map((one) => [one.name, one] as const))('agrees with its definition: %s', async (_, one) => {
    const attention = await load(backend, one);
    const [query, keys] = [floats(one.query), floats(one.keys)];
    const plain = attention.forward(query, keys, callOf(one));
    expectClose(plain.context, one.context);
    expect(plain.weights).toBeUndefined();
    const { context, weights } = attention.forward(query, keys, { ...callOf(one), needWeights: true });
    expectClose(context, one.context);
    expectClose(weights, one.weights);
    attention.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it.each(products.map((one) => [one.name, one] as const))('scaledDotProductAttention: %s', (_, one) => {
    const inputs = [floats(one.query), floats(one.key), floats(one.value)] as const;
    const options = { ...one.options, ...(one.attnMask && { attnMask: mask(one.attnMask) }) };
    const { output, weights } = scaledDotProductAttention(backend, ...inputs, {
      ...options,
      needWeights: true,
    });
    expectClose(output, one.output);
    expectClose(weights, one.weights);
    expect(scaledDotProductAttention(backend, ...inputs, options).weights).toBeUndefined();
  });

  it.each(['additive', 'general'])('uses the replacement of the weights by a hook: %s', async (kind) => {
    const one = scores.find((candidate) => candidate.kind === kind)!;
    const attention = await load(backend, one);
    const [query, keys] = [floats(one.query), floats(one.keys)];
    // Each query attends only to the third key.
    const third = Float32Array.from({ length: 3 * 6 }, (_, i) => (i % 6 === 2 ? 1 : 0));
    const { context } = attention.forward(query, keys, {
      hooks: { 'attention.weights': { edit: 'replace', data: third } },
    });
    for (const s of [0, 1, 2]) {
      const key = keys.data.subarray((s * 6 + 2) * 8, (s * 6 + 3) * 8);
      expect([...context.data.subarray(s * 8, (s + 1) * 8)]).toEqual([...key]);
    }
    attention.dispose();
  });
});

describe('attention score errors', () => {
  it('throws for inconsistent sizes', async () => {
    const backend = await createBackend('wasm-simd');
    const dot = new DotAttention(backend);
    const x = { data: new Float32Array(12), shape: [1, 3, 4] };
    expect(() => dot.forward(x, { data: x.data, shape: [1, 4, 3] })).toThrow(
      'query and key must have equal features, got 4 and 3',
    );
    expect(() => dot.forward(x, { data: x.data, shape: [3, 1, 4] })).toThrow('must agree in batch');
    const keyPaddingMask = { data: new Uint8Array(4), shape: [1, 4] };
    expect(() => dot.forward(x, x, { keyPaddingMask })).toThrow('keyPaddingMask must be [1, 3], got [1, 4]');
    expect(() => AdditiveAttention.load(backend, {}, { queryDim: 4, hiddenDim: 0 })).toThrow(
      'hiddenDim must be',
    );
    await expect(AdditiveAttention.load(backend, {}, { queryDim: 4 })).rejects.toThrow('Wa.weight');
    expect(() => scaledDotProductAttention(backend, x, x, x)).toThrow(
      'query must be [batch, heads, length, features]',
    );
    const four = { data: x.data, shape: [1, 1, 3, 4] };
    const other = { data: x.data, shape: [1, 1, 4, 3] };
    expect(() => scaledDotProductAttention(backend, four, four, other)).toThrow('must agree in batch');
    expect(() => scaledDotProductAttention(backend, four, other, other)).toThrow('keys need 4 features');
  });
});

describe('scaledDotProductAttention with unequal lengths', () => {
  const ones = (...shape: number[]) => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
  });

  it.each([
    [undefined, [1, 0, 0, 0, 0.5, 0.5, 0, 0]],
    ['upperLeft', [1, 0, 0, 0, 0.5, 0.5, 0, 0]],
    ['lowerRight', [1 / 3, 1 / 3, 1 / 3, 0, 0.25, 0.25, 0.25, 0.25]],
  ] as const)('hides later keys by causalVariant %s', async (causalVariant, wanted) => {
    const backend = await createBackend('wasm-simd');
    const call = { isCausal: true, needWeights: true, ...(causalVariant && { causalVariant }) };
    const { weights } = scaledDotProductAttention(
      backend,
      ones(1, 1, 2, 3),
      ones(1, 1, 4, 3),
      ones(1, 1, 4, 3),
      call,
    );
    expect(difference(weights!.data, wanted)).toBeLessThan(1e-6);
  });

  it('refuses unknown variants and stages, and lengths together with past keys', async () => {
    const backend = await createBackend('reference');
    const x = ones(1, 1, 2, 3);
    const call = (options: object) => () => scaledDotProductAttention(backend, x, x, x, options);
    expect(call({ causalVariant: 'left' })).toThrow(
      'causalVariant must be upperLeft or lowerRight, got "left"',
    );
    expect(call({ needScores: 'raw' })).toThrow(
      'needScores must be one of scaled, capped, masked, got "raw"',
    );
    expect(call({ keyLengths: [2], past: { key: x, value: x } })).toThrow(
      'keyLengths cannot be given together',
    );
    expect(call({ keyLengths: [3] })).toThrow('keyLengths must be 1 whole numbers from 0 to 2, got 3');
    expect(call({ past: { key: ones(1, 2, 2, 3), value: x } })).toThrow(
      'past.key must be [1, 1, pastKeys, 3]',
    );
    expect(call({ scale: NaN })).toThrow('scale must be a finite number, got NaN');
  });
});
