import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import {
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from '../../src/nn/attention/multi-head-attention.ts';
import { GRU, LSTM, RNN } from '../../src/nn/recurrent/layers.ts';
import type { LSTMOptions } from '../../src/nn/recurrent/recurrent-layer.ts';
import type { FloatArray } from '../../src/nn/torch/float-array.ts';
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

interface AttentionCase {
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

interface RecurrentCase {
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly name: string;
  readonly options: LSTMOptions;
  readonly state: Record<string, StoredArray>;
  readonly input: StoredArray;
  readonly h0: StoredArray | null;
  readonly c0: StoredArray | null;
  readonly output: StoredArray;
  readonly hn: StoredArray;
  readonly cn: StoredArray | null;
}

const { attention, recurrent } = fixtureCases('layer-options') as unknown as {
  attention: readonly AttentionCase[];
  recurrent: readonly RecurrentCase[];
};

/** Rows `from` to `to` of each sequence of `[batch, length, features]`. */
function tokens({ data, shape }: FloatArray, from: number, to: number): FloatArray {
  const [batch = 0, length = 0, features = 0] = shape;
  const parts = Array.from({ length: batch }, (_, s) => [
    ...data.subarray((s * length + from) * features, (s * length + to) * features),
  ]);
  return { data: Float32Array.from(parts.flat()), shape: [batch, to - from, features] };
}

describe.each(backendNames)('options of layers on %s', (backendName) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(backendName);
  });

  it.each(attention.map((one) => [one.name, one] as const))('MultiHeadAttention with %s', async (_, one) => {
    const layer = await MultiHeadAttention.load(backend, stateDict(one.state), one.options);
    const { output, weights } = layer.forward(floats(one.query), floats(one.key), floats(one.value), {
      needWeights: true,
      ...(one.keyPaddingMask && { keyPaddingMask: mask(one.keyPaddingMask) }),
      ...(one.attnMask && { attnMask: mask(one.attnMask) }),
      ...(one.isCausal && { isCausal: true }),
    });
    expectClose(output, one.output);
    expectClose(weights, one.weights);
    layer.dispose();
  });

  it.each(recurrent.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const layer = await { RNN, LSTM, GRU }[one.kind].load(backend, stateDict(one.state), one.options);
    const result: { output: FloatArray; hn: FloatArray; cn?: FloatArray } = layer.forward(floats(one.input), {
      ...(one.h0 && { h0: floats(one.h0) }),
      ...(one.c0 && { c0: floats(one.c0) }),
    });
    expectClose(result.output, one.output);
    expectClose(result.hn, one.hn);
    if (one.cn) expectClose(result.cn, one.cn);
    layer.dispose();
  });

  it('continues from past keys and values as with the whole text', async () => {
    const options = { embedDim: 8, numHeads: 4, numKeyValueHeads: 2, softCap: 1.5, window: [3, 0] } as const;
    const waves = (seed: number, ...shape: number[]): FloatArray => ({
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
        Math.sin(seed + 1.7 * i),
      ),
    });
    const weights = {
      in_proj_weight: waves(1, 16, 8),
      in_proj_bias: waves(2, 16),
      'out_proj.weight': waves(3, 8, 8),
      'out_proj.bias': waves(4, 8),
    };
    const layer = await MultiHeadAttention.load(backend, weights, options);
    const x = waves(5, 2, 7, 8);
    const whole = layer.forward(x, x, x, { isCausal: true });
    const empty: FloatArray = { data: new Float32Array(0), shape: [2, 2, 0, 2] };
    const [first, last] = [tokens(x, 0, 4), tokens(x, 4, 7)];
    const begun = layer.forward(first, first, first, { isCausal: true, past: { key: empty, value: empty } });
    const past = begun.present!;
    const ended = layer.forward(last, last, last, { isCausal: true, past, needWeights: true });
    expect(difference(begun.output.data, tokens(whole.output, 0, 4).data)).toBeLessThan(1e-5);
    expect(difference(ended.output.data, tokens(whole.output, 4, 7).data)).toBeLessThan(1e-5);
    expect(ended.present!.key.shape).toEqual([2, 2, 7, 2]);
    expect(ended.weights!.shape).toEqual([2, 4, 3, 7]);
    // The soft cap and the window change the result.
    const plain = await MultiHeadAttention.load(backend, weights, {
      embedDim: 8,
      numHeads: 4,
      numKeyValueHeads: 2,
    });
    const unlimited = plain.forward(x, x, x, { isCausal: true });
    expect(difference(unlimited.output.data, whole.output.data)).toBeGreaterThan(1e-3);
    expect(() => layer.forward(x, x, x, { past: { key: past.key, value: empty } })).toThrow(
      'past.value must be [2, 2, 4, 2], got [2, 2, 0, 2]',
    );
    expect(() => layer.forward(last, x, x, { past })).toThrow('as many queries as new keys, got 3 and 7');
    layer.dispose();
    plain.dispose();
  });
});

describe('options of layers', () => {
  it('refuses options that exclude each other or belong to other layers', () => {
    const sizes = { embedDim: 8, numHeads: 2 };
    expect(() => new MultiHeadAttention({ ...sizes, addBiasKv: true, window: [1, 1] })).toThrow(
      'addBiasKv and addZeroAttn cannot be given together with rotary or window',
    );
    const gru = { inputSize: 3, hiddenSize: 6, projSize: 2 };
    expect(() => new GRU(gru)).toThrow('unknown option projSize; it is an option of LSTM alone');
    expect(() => new LSTM({ ...gru, projSize: 6 })).toThrow(
      'projSize must be a whole number from 0 to 5, got 6',
    );
  });
});
