import { describe, expect, it } from 'vitest';
import { createBackend, SafetensorsCheckpoint } from '../../src/index.ts';
import { WasmBackend } from '../../src/internal.ts';
import * as nn from '../../src/nn.ts';
import {
  type FloatArray,
  LSTM,
  MultiHeadAttention,
  type RecurrentOptions,
  Seq2Seq,
  type Seq2SeqOptions,
  TransformerEncoderLayer,
} from '../../src/nn.ts';
import { memorySource } from '../../src/platform/bytes.ts';
import { expectClose, fixtureCases, floats, type StoredArray, stateDict } from '../helpers/fixture.ts';
import { bytesOf, safetensorsFile } from '../helpers/safetensors.ts';

interface Stored {
  readonly kind: string;
  readonly name: string;
  readonly options: RecurrentOptions;
  readonly state: Record<string, StoredArray>;
  readonly input: StoredArray;
  readonly output: StoredArray;
}

interface Seq2SeqCase {
  readonly options: Seq2SeqOptions;
  readonly state: Record<string, StoredArray>;
}

const first = (fixture: string) => fixtureCases<Stored>(fixture)[0]!;

const { layers } = fixtureCases('recurrent') as unknown as { layers: Stored[] };
const lstm = layers.find(({ kind, name }) => kind === 'LSTM' && name.includes('2 × 6'))!;

describe('Layer', () => {
  it('gives equal results from a safetensors file of any float type and from arrays', async () => {
    const state = stateDict(lstm.state);
    const file = safetensorsFile(
      Object.fromEntries(
        Object.entries(state).map(([name, { data, shape }]) => [
          name,
          name.startsWith('bias')
            ? { dtype: 'F64', shape, bytes: bytesOf(Float64Array.from(data)) }
            : { dtype: 'F32', shape, bytes: bytesOf(data) },
        ]),
      ),
    );
    const checkpoint = await SafetensorsCheckpoint.open(memorySource(file));
    const layer = await LSTM.load(await createBackend(), checkpoint, lstm.options);
    expectClose(layer.forward(floats(lstm.input)).output, lstm.output);
    layer.dispose();
  });

  it('throws ShapeError for a state dict or an input that is not a Float32Array', async () => {
    const backend = await createBackend();
    const wrong = {
      ...stateDict(lstm.state),
      bias_ih_l0: { data: [1, 2], shape: [2] } as unknown as FloatArray,
    };
    await expect(LSTM.load(backend, wrong, lstm.options)).rejects.toThrow(
      'state dict: bias_ih_l0 must have a Float32Array as its data',
    );
    const layer = await LSTM.load(backend, stateDict(lstm.state), lstm.options);
    const input = { data: [1, 2, 3, 4, 5], shape: [1, 1, 5] } as unknown as FloatArray;
    expect(() => layer.forward(input)).toThrow('LSTM: input must have a Float32Array as its data');
    layer.dispose();
  });

  it('does not grow memory over repeated calls', async () => {
    const backend = await createBackend('wasm-simd');
    if (!(backend instanceof WasmBackend)) throw new Error('a wasm backend was asked for');
    const recurrent = await LSTM.load(backend, stateDict(lstm.state), lstm.options);
    const [stored, block] = [first('multi-head-attention'), first('transformer')];
    const attention = await MultiHeadAttention.load(backend, stateDict(stored.state), {
      embedDim: 8,
      numHeads: 2,
    });
    const sizes = { dModel: 8, nhead: 2, dimFeedforward: 12 };
    const encoder = await TransformerEncoderLayer.load(backend, stateDict(block.state), sizes);
    const { state, options } = fixtureCases<Seq2SeqCase>('seq2seq').find((one) => one.options.attention)!;
    const writer = await Seq2Seq.load(backend, stateDict(state), options);
    const x = { data: new Float32Array(2 * 5 * 8).fill(0.5), shape: [2, 5, 8] };
    const once = () => {
      recurrent.forward(floats(lstm.input));
      attention.forward(x, x, x);
      encoder.forward(x);
      writer.generate([[3, 4, 5], [6]], { maxLength: 5, needWeights: true });
    };
    for (let i = 0; i < 20; i++) once();
    const before = backend.memoryBytes;
    for (let i = 0; i < 2000; i++) once();
    expect(backend.memoryBytes).toBe(before);
    for (const layer of [recurrent, attention, encoder, writer]) layer.dispose();
    expect(backend.weightBytes).toBe(0);
  });
});

it('@headwise/core/nn exports every layer that FEATURES.md lists', () => {
  const names =
    `MultiHeadAttention TransformerEncoderLayer TransformerDecoderLayer TransformerEncoder TransformerDecoder
    Transformer AdditiveAttention DotAttention GeneralAttention ConcatAttention ScaledDotProductAttention
    scaledDotProductAttention sinusoidalPositions SinusoidalPositionalEncoding LearnedPositionalEmbedding RotaryEmbedding
    rotaryFrequencies T5RelativeBias relativePositionBucket AlibiBias alibiSlopes RNN LSTM GRU RNNCell LSTMCell GRUCell
    Seq2Seq`.split(/\s+/);
  expect(names.filter((name) => !(name in nn))).toEqual([]);
});
