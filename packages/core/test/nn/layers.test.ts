import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import {
  Conv1d,
  type Conv1dOptions,
  Embedding,
  FeedForward,
  type FloatArray,
  GELU,
  LayerNorm,
  Linear,
  LSTM,
  Module,
  MultiHeadAttention,
  ReLU,
  RMSNorm,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  type StateDict,
  Tanh,
  TransformerEncoder,
} from '../../src/nn.ts';
import { backendNames, difference } from '../helpers/fixture.ts';
import { randomValues } from '../helpers/gradients.ts';

function values(seed: number, ...shape: number[]): FloatArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: randomValues(size, seed) };
}

/** A convolution by its definition, with `padding` zeros at both ends. */
function convolve(
  x: FloatArray,
  weight: FloatArray,
  bias: FloatArray | undefined,
  options: Required<Pick<Conv1dOptions, 'stride' | 'dilation' | 'groups'>> & {
    before: number;
    after: number;
  },
): FloatArray {
  const [batch = 0, , length = 0] = x.shape;
  const [outChannels = 0, channels = 0, kernelSize = 0] = weight.shape;
  const { stride, dilation, groups, before, after } = options;
  const outputs = Math.floor((length + before + after - dilation * (kernelSize - 1) - 1) / stride) + 1;
  const data = new Float32Array(batch * outChannels * outputs);
  for (let at = 0; at < data.length; at++) {
    const [i, o] = [at % outputs, Math.floor(at / outputs) % outChannels];
    const s = Math.floor(at / (outputs * outChannels));
    const group = Math.floor(o / (outChannels / groups));
    let sum = bias ? bias.data[o]! : 0;
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < kernelSize; k++) {
        const position = i * stride + k * dilation - before;
        if (position < 0 || position >= length) continue;
        const channel = group * channels + c;
        sum +=
          weight.data[(o * channels + c) * kernelSize + k]! *
          x.data[(s * channels * groups + channel) * length + position]!;
      }
    }
    data[at] = sum;
  }
  return { data, shape: [batch, outChannels, outputs] };
}

describe.each(backendNames)('layers on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it.each([
    [{}, { stride: 1, dilation: 1, groups: 1, before: 0, after: 0 }],
    [
      { stride: 3, padding: 2 },
      { stride: 3, dilation: 1, groups: 1, before: 2, after: 2 },
    ],
    [
      { padding: 'same', dilation: 3 },
      { stride: 1, dilation: 3, groups: 1, before: 4, after: 5 },
    ],
    [
      { groups: 2, bias: false, padding: 1, dilation: 2 },
      { stride: 1, dilation: 2, groups: 2, before: 1, after: 1 },
    ],
    [{ groups: 4 }, { stride: 1, dilation: 1, groups: 4, before: 0, after: 0 }],
  ] as const)('Conv1d agrees with its definition: %o', async (options, expected) => {
    const layer = await new Conv1d(4, 8, 4, options).to(backend, { seed: 1 });
    const x = values(1, 3, 4, 11);
    const weights = layer.stateDict();
    const want = convolve(x, weights.get('weight')!, weights.get('bias'), expected);
    const got = layer.forward(x);
    expect(got.shape).toEqual(want.shape);
    expect(difference(got.data, want.data)).toBeLessThan(1e-5);
    layer.dispose();
  });

  it('FeedForward agrees with its linear layers', async () => {
    const x = values(2, 2, 3, 6);
    const load = async (weights: StateDict, from: number, to: number, bias = true) => {
      const layer = new Linear(from, to, { bias });
      await layer.loadStateDict(weights);
      return layer.to(backend);
    };
    const part = (state: ReadonlyMap<string, FloatArray>, prefix: string) =>
      new Map(
        [...state]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, value]) => [key.slice(prefix.length), value]),
      );
    const plain = await new FeedForward(6, 9).to(backend, { seed: 1 });
    const state = plain.stateDict();
    expect([...state.keys()]).toEqual(['linear1.weight', 'linear1.bias', 'linear2.weight', 'linear2.bias']);
    const relu = await new ReLU().to(backend);
    const hidden = relu.forward((await load(part(state, 'linear1.'), 6, 9)).forward(x));
    const want = (await load(part(state, 'linear2.'), 9, 6)).forward(hidden);
    expect(difference(plain.forward(x).data, want.data)).toBeLessThan(1e-6);

    const gated = await new FeedForward(6, 9, { gated: true }).to(backend, { seed: 2 });
    const gatedState = gated.stateDict();
    expect([...gatedState.keys()]).toEqual(['gate_proj.weight', 'up_proj.weight', 'down_proj.weight']);
    const silu = await new SiLU().to(backend);
    const gate = silu.forward((await load(part(gatedState, 'gate_proj.'), 6, 9, false)).forward(x));
    const up = (await load(part(gatedState, 'up_proj.'), 6, 9, false)).forward(x);
    const product = { shape: up.shape, data: up.data.map((value, i) => value * gate.data[i]!) };
    const down = (await load(part(gatedState, 'down_proj.'), 9, 6, false)).forward(product);
    expect(difference(gated.forward(x).data, down.data)).toBeLessThan(1e-6);
  });

  it('norms and activations agree with their definitions on inputs of any number of axes', async () => {
    const x = values(3, 2, 2, 2, 5);
    const rows = Array.from({ length: 8 }, (_, i) => [...x.data.subarray(i * 5, (i + 1) * 5)]);
    const byRow = (of: (row: number[]) => number[]) => rows.flatMap(of);
    const mean = (row: number[]) => row.reduce((sum, value) => sum + value, 0) / row.length;
    const expected: [Module & { forward(x: FloatArray): FloatArray }, number[]][] = [
      [
        new LayerNorm(5),
        byRow((row) => {
          const centred = row.map((value) => value - mean(row));
          const deviation = Math.sqrt(mean(centred.map((value) => value ** 2)) + 1e-5);
          return centred.map((value) => value / deviation);
        }),
      ],
      [
        new RMSNorm(5),
        byRow((row) => row.map((value) => value / Math.sqrt(mean(row.map((one) => one ** 2)) + 2 ** -23))),
      ],
      [
        new Softmax(),
        byRow((row) => {
          const exponentials = row.map(Math.exp);
          const sum = exponentials.reduce((a, b) => a + b, 0);
          return exponentials.map((value) => value / sum);
        }),
      ],
      [new Tanh(), byRow((row) => row.map(Math.tanh))],
      [new Sigmoid(), byRow((row) => row.map((value) => 1 / (1 + Math.exp(-value))))],
      [new SiLU(), byRow((row) => row.map((value) => value / (1 + Math.exp(-value))))],
      [new ReLU(), byRow((row) => row.map((value) => Math.max(0, value)))],
      [
        new GELU({ approximate: 'tanh' }),
        byRow((row) =>
          row.map((v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),
        ),
      ],
    ];
    for (const [module, want] of expected) {
      const got = (await module.to(backend)).forward(x);
      expect(got.shape).toEqual(x.shape);
      expect(difference(got.data, want), module.constructor.name).toBeLessThan(1e-5);
    }
  });
});

describe('layers', () => {
  it('are parts of a model with an encoder of packed sequences', async () => {
    const backend = await createBackend();
    class Tagger extends Module {
      embedding = new Embedding(30, 8);
      encoder = new TransformerEncoder({ dModel: 8, nhead: 2, dimFeedforward: 16, numLayers: 2 });
      lstm = new LSTM({ inputSize: 8, hiddenSize: 6, bidirectional: true, numLayers: 2 });
      attention = new MultiHeadAttention({ embedDim: 12, numHeads: 3, numKeyValueHeads: 1 });
      head = new Sequential(new Linear(12, 4));

      forward(sentences: readonly (readonly number[])[]) {
        const lengths = sentences.map(({ length }) => length);
        const x = this.encoder.forward(this.embedding.forward(sentences.flat()), { lengths });
        const { output, hn } = this.lstm.forward(x, { lengths });
        return { logits: this.head.forward(output), hn };
      }
    }
    const model = await new Tagger().to(backend, { seed: 1 });
    const together = model.predict([[1, 2, 3], [4, 5, 6, 7, 8], [9]]);
    expect(together.logits.shape).toEqual([9, 4]);
    expect(together.hn.shape).toEqual([4, 3, 6]);
    const alone = model.predict([[4, 5, 6, 7, 8]]);
    expect(difference(alone.logits.data, together.logits.data.subarray(12, 32))).toBeLessThan(1e-5);
    expect(model.stateDict().get('attention.in_proj_weight')!.shape).toEqual([20, 12]);
    expect(model.stateDict().size).toBe(1 + 2 * 12 + 4 * 4 + 4 + 2);
  });

  it('throw for invalid sizes and inputs', async () => {
    const backend = await createBackend();
    expect(() => new Conv1d(4, 6, 3, { groups: 4 })).toThrow('groups must divide the numbers of channels');
    expect(() => new Conv1d(4, 6, 3, { padding: 'same', stride: 2 })).toThrow('same with a stride of 1');
    expect(() => new Conv1d(4, 6, 3, { padding: -1 })).toThrow('padding must be a whole number');
    const conv = await new Conv1d(4, 6, 3).to(backend);
    expect(() => conv.forward(values(1, 1, 3, 5))).toThrow(
      'Conv1d: input must be [batch, 4, length], got [1, 3, 5]',
    );
    expect(() => conv.forward(values(1, 1, 4, 2))).toThrow(
      'a kernel that spans 3 rows does not fit a sequence of 2',
    );
    const embedding = await new Embedding(3, 2).to(backend);
    expect(() => embedding.predict([0, 3])).toThrow('embedding');
    expect(embedding.predict([2, 2]).shape).toEqual([2, 2]);
    const lstm = await new LSTM({ inputSize: 2, hiddenSize: 3 }).to(backend);
    expect(() => lstm.forward(values(1, 3, 2), { lengths: [2] })).toThrow(
      'LSTM: input must be [sum of lengths, 2], got [3, 2] and lengths 2',
    );
  });
});
