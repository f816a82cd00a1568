import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import { GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from '../../src/nn/recurrent/cell-layers.ts';
import { GRU, LSTM, RNN, type RNNOptions } from '../../src/nn/recurrent/layers.ts';
import type { FloatArray } from '../../src/nn/torch/float-array.ts';
import {
  backendNames,
  expectClose,
  fixtureCases,
  floats,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';

interface LayerCase {
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly name: string;
  readonly options: RNNOptions;
  readonly state: Record<string, StoredArray>;
  readonly input: StoredArray;
  readonly lengths: number[] | null;
  readonly h0: StoredArray | null;
  readonly c0: StoredArray | null;
  readonly output: StoredArray;
  readonly hn: StoredArray;
  readonly cn: StoredArray | null;
}

interface CellCase {
  readonly kind: 'RNNCell' | 'LSTMCell' | 'GRUCell';
  readonly name: string;
  readonly options: RNNCellOptions;
  readonly state: Record<string, StoredArray>;
  readonly input: StoredArray;
  readonly h: StoredArray | null;
  readonly c: StoredArray | null;
  readonly hn: StoredArray;
  readonly cn: StoredArray | null;
}

const { layers, cells } = fixtureCases('recurrent') as unknown as { layers: LayerCase[]; cells: CellCase[] };

function callOf({ lengths, h0, c0 }: LayerCase) {
  return { ...(lengths && { lengths }), ...(h0 && { h0: floats(h0) }), ...(c0 && { c0: floats(c0) }) };
}

async function runLayer(backend: Backend, one: LayerCase) {
  const layer = await { RNN, LSTM, GRU }[one.kind].load(backend, stateDict(one.state), one.options);
  const result: { output: FloatArray; hn: FloatArray; cn?: FloatArray } = layer.forward(
    floats(one.input),
    callOf(one),
  );
  layer.dispose();
  return result;
}

async function runCell(backend: Backend, one: CellCase): Promise<{ h: FloatArray; c?: FloatArray }> {
  const [x, weights] = [floats(one.input), stateDict(one.state)];
  const h = one.h ? floats(one.h) : undefined;
  if (one.kind === 'LSTMCell') {
    const cell = await LSTMCell.load(backend, weights, one.options);
    const next = cell.forward(x, { ...(h && { h }), ...(one.c && { c: floats(one.c) }) });
    cell.dispose();
    return next;
  }
  const cell = await { RNNCell, GRUCell }[one.kind].load(backend, weights, one.options);
  const next = cell.forward(x, h);
  cell.dispose();
  return { h: next };
}

describe.each(backendNames)('recurrent layers on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it.each(layers.map((one) => [one.name, one] as const))('agrees with PyTorch: %s', async (_, one) => {
    const { output, hn, cn } = await runLayer(backend, one);
    expectClose(output, one.output);
    expectClose(hn, one.hn);
    if (one.cn) expectClose(cn, one.cn);
    else expect(cn).toBeUndefined();
    expect(backend.weightBytes).toBe(0);
  });

  it.each(cells.map((one) => [one.name, one] as const))('agrees with PyTorch: %s', async (_, one) => {
    const { h, c } = await runCell(backend, one);
    expectClose(h, one.hn);
    if (one.cn) expectClose(c, one.cn);
    expect(backend.weightBytes).toBe(0);
  });

  it('keeps the initial state of an empty sequence', async () => {
    const one = layers.find(({ kind, lengths, h0 }) => kind === 'LSTM' && lengths && h0)!;
    const lstm = await LSTM.load(backend, stateDict(one.state), one.options);
    const h0 = floats(one.h0!);
    const { output, hn } = lstm.forward(floats(one.input), { h0, lengths: [3, 0, 1, 0] });
    const row = (x: FloatArray, layer: number, s: number) =>
      x.data.slice((layer * 4 + s) * 6, (layer * 4 + s + 1) * 6);
    for (const layer of [0, 1, 2, 3]) {
      for (const s of [1, 3]) expect(row(hn, layer, s)).toEqual(row(h0, layer, s));
    }
    expect([...output.data.slice(7 * 12, 2 * 7 * 12)]).toEqual(new Array(7 * 12).fill(0));
    const none = lstm.forward({ data: new Float32Array(0), shape: [2, 0, 5] });
    expect(none.output.shape).toEqual([2, 0, 12]);
    expect([...none.hn.data]).toEqual(new Array(48).fill(0));
    lstm.dispose();
  });

  it('has a hook point at each layer’s output, and uses its replacement', async () => {
    const one = layers.find(({ kind, options }) => kind === 'GRU' && options.numLayers === 3)!;
    const gru = await GRU.load(backend, stateDict(one.state), one.options);
    const seen: FloatArray[] = [];
    const hooks = {
      'layers.*.output': (x: FloatArray) => {
        seen.push(x);
      },
    };
    const { output } = gru.forward(floats(one.input), { ...callOf(one), hooks });
    expectClose(output, one.output);
    expect(seen.map(({ shape }) => shape)).toEqual([
      [11, 6],
      [11, 6],
      [11, 6],
    ]);
    // Rows are in the order of the batch, not of the packing.
    expect([...seen[2]!.data.subarray(0, 12)]).toEqual([...output.data.subarray(0, 12)]);
    const silenced = gru.forward(floats(one.input), {
      ...callOf(one),
      hooks: { 'layers.2.output': { edit: 'scale', factor: 0 } },
    });
    expect(silenced.output.data.every((value) => value === 0)).toBe(true);
    gru.dispose();
  });
});

describe('recurrent layer errors', () => {
  it('throws for invalid sizes, lengths and states', async () => {
    const backend = await createBackend('wasm-simd');
    expect(() => GRU.load(backend, {}, { inputSize: 0, hiddenSize: 3 })).toThrow(
      'inputSize must be a whole number',
    );
    expect(() =>
      RNN.load(backend, {}, { inputSize: 1, hiddenSize: 3, nonlinearity: 'elu' as 'relu' }),
    ).toThrow('tanh, relu, got "elu"');
    const one = layers.find(({ kind }) => kind === 'LSTM')!;
    await expect(
      LSTM.load(backend, stateDict(one.state), { ...one.options, bidirectional: true }),
    ).rejects.toThrow('weight_ih_l0_reverse');
    await expect(GRU.load(backend, stateDict(one.state), one.options)).rejects.toThrow(
      'weight_ih_l0 must be [18, 5] by the configuration, is [24, 5]',
    );
    const lstm = await LSTM.load(backend, stateDict(one.state), one.options);
    const x = floats(one.input);
    expect(() => lstm.forward(x, { lengths: [2] })).toThrow(
      'lengths must be 1 whole numbers from 0 to 1, got 2',
    );
    expect(() => lstm.forward(x, { c0: x })).toThrow('c0 must be [1, 1, 6], got [1, 1, 5]');
    expect(() => lstm.forward({ data: x.data, shape: [5] })).toThrow('must be [batch, length, features]');
    lstm.dispose();
    expect(backend.weightBytes).toBe(0);
  });
});
