import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  createBackend,
  LoadError,
  loadCausalLM,
  loadEncoder,
  loadSeq2SeqLM,
  SafetensorsCheckpoint,
  ShapeError,
  type TensorData,
  writeSafetensors,
} from '../../src/index.ts';
import { withoutQuantization } from '../../src/models/quantization-config.ts';
import type { FloatArray } from '../../src/nn.ts';
import { openTrainable, quantizeStateDict } from '../../src/train.ts';
import { Int8Checkpoint } from '../../src/weights/compressed-tensors.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import type { Checkpoint } from '../../src/weights/types.ts';
import { difference, fixtureCases, floats, type StoredArray } from '../helpers/fixture.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig } from '../helpers/tiny-decoders.ts';
import { tinyCheckpoint, tinyConfig, tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinySeq2SeqCheckpoint, tinySeq2SeqConfig } from '../helpers/tiny-seq2seq.ts';

const backend = 'reference';

interface WrittenFiles {
  readonly 'config.json': string;
  readonly 'model.safetensors': Uint8Array;
}

async function arraysOf(checkpoint: Checkpoint): Promise<Map<string, FloatArray>> {
  const arrays = new Map<string, FloatArray>();
  for (const name of checkpoint.names) {
    const tensor = await checkpoint.read(name);
    // Not position_ids, a buffer of BERT.
    if (tensor.dtype === 'I64') continue;
    arrays.set(name, { data: toFloat32(tensor), shape: tensor.shape });
  }
  return arrays;
}

/** The files of a model with its weights in 8 bits; those of before as `exact`, with the values that these stand for. */
async function quantized(files: Record<string, unknown>, config: object, checkpoint: Checkpoint) {
  const { tensors, quantizationConfig } = quantizeStateDict(await arraysOf(checkpoint), {
    select: (_, shape) => shape[1]! >= 4,
  });
  const file = writeSafetensors(tensors);
  const stored = await open(file);
  const values = await arraysOf(new Int8Checkpoint(stored));
  const exact = [...values].map(([name, { data, shape }]): [string, TensorData] => [
    name,
    { dtype: 'F32', shape, bytes: new Uint8Array(data.slice().buffer) },
  ]);
  return {
    stored,
    files: {
      ...files,
      'config.json': JSON.stringify({ ...config, quantization_config: quantizationConfig }),
      'model.safetensors': file,
    } as never,
    exact: { ...files, 'model.safetensors': writeSafetensors(exact) } as never,
  };
}

function open(file: Uint8Array): Promise<SafetensorsCheckpoint> {
  return SafetensorsCheckpoint.open({
    size: file.length,
    read: async (from, to) => file.subarray(from, to),
  });
}

const bert = async () => quantized(tinyFiles('bert'), tinyConfig('bert'), await tinyCheckpoint('bert'));

describe('a checkpoint in 8 bits', () => {
  it('gives an encoder the values that it stands for', async () => {
    const { files, exact, stored } = await bert();
    expect(stored.info('bert.embeddings.word_embeddings.weight').dtype).toBe('I8');
    const [small, same] = [await loadEncoder(files, { backend }), await loadEncoder(exact, { backend })];
    const text = 'the river bank';
    expect(await small.embed(text)).toEqual(await same.embed(text));
    expect(small.config).toEqual(same.config);
    const whole = await loadEncoder(tinyFiles('bert'), { backend });
    expect(difference(await small.embed(text), await whole.embed(text))).toBeLessThan(0.05);
  });

  it('gives the same result with dtype q8 as the whole checkpoint has', async () => {
    const { files } = await bert();
    const text = 'the river bank';
    const small = await loadEncoder(files, { backend, dtype: 'q8' });
    const whole = await loadEncoder(tinyFiles('bert'), { backend, dtype: 'q8' });
    // Position and type embeddings are in f32 without quantised files.
    expect(difference(await small.embed(text), await whole.embed(text))).toBeLessThan(0.02);
  });

  it('gives a decoder and an encoder–decoder the values that it stands for', async () => {
    const gpt2 = await quantized(
      tinyDecoderFiles('gpt2'),
      tinyDecoderConfig('gpt2'),
      await tinyDecoderCheckpoint('gpt2'),
    );
    const t5 = await quantized(
      tinySeq2SeqFiles('t5'),
      tinySeq2SeqConfig('t5'),
      await tinySeq2SeqCheckpoint('t5'),
    );
    for (const [load, { files, exact }] of [
      [loadCausalLM, gpt2],
      [loadSeq2SeqLM, t5],
    ] as const) {
      const [small, same] = [await load(files, { backend }), await load(exact, { backend })];
      const options = { maxNewTokens: 5, topLogProbs: 3, numBeams: 1 };
      const prompt = Int32Array.of(9, 20, 7);
      expect(await small.generate(prompt, options)).toEqual(await same.generate(prompt, options));
    }
  });

  it('can be trained further', async () => {
    const { files, exact } = await bert();
    const { 'config.json': json, 'model.safetensors': file } = files as unknown as WrittenFiles;
    const trainable = await openTrainable(await createBackend(backend), JSON.parse(json), await open(file));
    const expected = await arraysOf(await open((exact as unknown as WrittenFiles)['model.safetensors']));
    for (const { name, values } of trainable.parameters) expect(values).toEqual(expected.get(name)!.data);
  });
});

/** Weights `X` [2, 3] as compressed-tensors stores them, with `more` in place of or beside them. */
function handMade(more: Record<string, TensorData | undefined> = {}): Promise<SafetensorsCheckpoint> {
  const tensors: Record<string, TensorData | undefined> = {
    'X.weight': {
      dtype: 'I8',
      shape: [2, 3],
      bytes: new Uint8Array(Int8Array.of(-128, 0, 127, 1, -1, 64).buffer),
    },
    'X.weight_scale': f32([2, 1], 0.5, 0.25),
    'X.bias': f32([2], 1, 2),
    'X.bias_scale': f32([1], 3),
    ...more,
  };
  return open(
    writeSafetensors(Object.entries(tensors).filter((one): one is [string, TensorData] => !!one[1])),
  );
}

const f32 = (shape: number[], ...values: number[]): TensorData => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

describe('Int8Checkpoint', () => {
  it('multiplies each row by its scale, whole and in slices', async () => {
    const checkpoint = new Int8Checkpoint(await handMade());
    expect(checkpoint.names).toEqual(['X.weight', 'X.bias', 'X.bias_scale']);
    expect(checkpoint.info('X.weight')).toEqual({ dtype: 'F32', shape: [2, 3] });
    const read = async (slice?: { axis: 0 | 1; from: number; to: number }) => [
      ...toFloat32(await checkpoint.read('X.weight', slice)),
    ];
    expect(await read()).toEqual([-64, 0, 63.5, 0.25, -0.25, 16]);
    expect(await read({ axis: 0, from: 1, to: 2 })).toEqual([0.25, -0.25, 16]);
    expect(await read({ axis: 1, from: 1, to: 3 })).toEqual([0, 63.5, -0.25, 16]);
    expect([...toFloat32(await checkpoint.read('X.bias'))]).toEqual([1, 2]);
  });

  it('takes scales of one axis and in 16 bits', async () => {
    const scale: TensorData = {
      dtype: 'F16',
      shape: [2],
      bytes: new Uint8Array(Uint16Array.of(0x3800, 0x3400).buffer),
    };
    const checkpoint = new Int8Checkpoint(await handMade({ 'X.weight_scale': scale }));
    expect([...toFloat32(await checkpoint.read('X.weight'))]).toEqual([-64, 0, 63.5, 0.25, -0.25, 16]);
  });

  it('refuses integers without scales, scales of groups, other axes and zero points', async () => {
    const missing = await handMade({ 'X.weight_scale': undefined });
    expect(() => new Int8Checkpoint(missing)).toThrow(LoadError);
    const grouped = await handMade({ 'X.weight_scale': f32([2, 3], 1, 1, 1, 1, 1, 1) });
    expect(() => new Int8Checkpoint(grouped)).toThrow(ShapeError);
    const flat = await handMade({ 'X.weight': { dtype: 'I8', shape: [2], bytes: new Uint8Array(2) } });
    expect(() => new Int8Checkpoint(flat)).toThrow(ShapeError);
    const zero = await handMade({ 'X.weight_zero_point': f32([2, 1], 0, 0) });
    expect(() => new Int8Checkpoint(zero)).toThrow(ConfigError);
  });
});

/** Weights in 8 bits by compressed-tensors itself: test/fixtures/make/int8_weights.py. */
interface LibraryCase {
  readonly args: Readonly<Record<string, unknown>>;
  readonly weight: StoredArray;
  readonly scale: StoredArray;
  readonly integers: readonly number[];
  readonly dequantized: StoredArray;
}

describe.each(fixtureCases<LibraryCase>('int8-weights'))('weights of compressed-tensors', (one) => {
  const { shape } = one.weight;

  it('are read as the library reads them', async () => {
    const tensors: [string, TensorData][] = [
      ['X.weight', { dtype: 'I8', shape, bytes: new Uint8Array(Int8Array.from(one.integers).buffer) }],
      ['X.weight_scale', f32([...one.scale.shape], ...floats(one.scale).data)],
    ];
    const stored = await open(writeSafetensors(tensors));
    const { checkpoint } = withoutQuantization({
      configJson: {
        quantization_config: {
          quant_method: 'compressed-tensors',
          format: 'int-quantized',
          config_groups: { group_0: { targets: ['Linear', 'Embedding'], weights: one.args } },
        },
      },
      checkpoint: stored,
    });
    expect(toFloat32(await checkpoint.read('X.weight'))).toEqual(floats(one.dequantized).data);
  });

  it('differ from those of quantizeStateDict by at most one integer', () => {
    const { tensors } = quantizeStateDict(new Map([['X', floats(one.weight)]]), { select: () => true });
    const integers = new Int8Array(tensors.get('X')!.bytes);
    // The library divides the largest weight by 127.5 and cuts off 128.
    expect(difference(integers, one.integers)).toBeLessThanOrEqual(1);
  });
});

describe('quantization_config', () => {
  const weights = { num_bits: 8, type: 'int', symmetric: true, strategy: 'channel' };
  const config = (change: object = {}, ofWeights: object = {}, ofGroup: object = {}) => ({
    quant_method: 'compressed-tensors',
    format: 'int-quantized',
    config_groups: { group_0: { targets: ['Linear'], weights: { ...weights, ...ofWeights }, ...ofGroup } },
    ...change,
  });

  it.each([
    [config({ quant_method: 'gptq' }), 'quant_method must be compressed-tensors, got "gptq"'],
    [
      config({ format: 'pack-quantized' }),
      'format must be int-quantized or naive-quantized, got "pack-quantized"',
    ],
    [config({ config_groups: undefined }), 'config_groups must be an object, got nothing'],
    [config({ quantization_status: 'frozen' }), 'quantization_status must be compressed, got "frozen"'],
    [config({ kv_cache_scheme: { num_bits: 8 } }), 'kv_cache_scheme must be null'],
    [config({}, { num_bits: 4 }), 'config_groups.group_0.weights.num_bits must be 8, got 4'],
    [config({}, { type: 'float' }), 'weights.type must be int, got "float"'],
    [config({}, { symmetric: false }), 'weights.symmetric must be true, got false'],
    [config({}, { strategy: 'group', group_size: 128 }), 'weights.strategy must be channel, got "group"'],
    [config({}, { actorder: 'group' }), 'weights.actorder must be null'],
    [config({}, {}, { input_activations: { num_bits: 8 } }), 'group_0.input_activations must be null'],
    [config({}, {}, { weights: null }), 'config_groups must be weights'],
  ])('%j is refused by name', async (quantization_config, message) => {
    const files = tinyFiles('bert', { quantization_config });
    await expect(loadEncoder(files, { backend })).rejects.toThrow(ConfigError);
    await expect(loadEncoder(files, { backend })).rejects.toThrow(message);
  });
});

describe('quantizeStateDict', () => {
  it('stores matrices by the largest value of each row and the others in F32', () => {
    const { tensors, quantizationConfig } = quantizeStateDict(
      new Map([
        ['a.weight', { data: Float32Array.of(1, -2, 0.5, 0, 0, 0), shape: [2, 3] }],
        ['a.bias', { data: Float32Array.of(3, 4), shape: [2] }],
        ['b.weight', { data: Float32Array.of(5, 6), shape: [1, 2] }],
      ]),
      { select: (name) => name === 'a.weight' },
    );
    expect([...tensors.keys()]).toEqual(['a.weight', 'a.weight_scale', 'a.bias', 'b.weight']);
    expect([...new Int8Array(tensors.get('a.weight')!.bytes)]).toEqual([64, -127, 32, 0, 0, 0]);
    expect(tensors.get('a.weight_scale')!.shape).toEqual([2, 1]);
    expect([...toFloat32(tensors.get('a.weight_scale')!)]).toEqual([Math.fround(2 / 127), 0]);
    expect(quantizationConfig).toMatchObject({ quant_method: 'compressed-tensors', ignore: ['b'] });
  });

  it('throws ShapeError for a weight that is not finite', () => {
    const weights = new Map([['a', { data: new Float32Array(16).fill(Number.NaN), shape: [1, 16] }]]);
    expect(() => quantizeStateDict(weights)).toThrow(ShapeError);
  });
});
