import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  createBackend,
  loadCausalLM,
  loadModel,
  MemoryLimitError,
  type TensorInfo,
} from '../../src/index.ts';
import { planWeights } from '../../src/internal.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import type { FloatArray } from '../../src/nn.ts';
import { isTensorDType } from '../../src/weights/dtypes.ts';
import { ggufOfCheckpoint, plainTokens } from '../helpers/gguf-models.ts';
import { MINILM } from '../helpers/minilm.ts';
import { storiesFiles } from '../helpers/stories.ts';
import { someIds, tinyDecoderConfig } from '../helpers/tiny-decoders.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinyRecurrentFiles } from '../helpers/tiny-recurrent.ts';

/** A checkpoint of matrices of 1 GiB as `F32`, whose values must not be read. */
function matrices(types: readonly string[], bits: Readonly<Record<string, number>> = {}): Checkpoint {
  return {
    names: types.map((_, i) => `layers.${i}.weight`),
    info: (name): TensorInfo => {
      const type = types[Number(/\d+/.exec(name)![0])]!;
      const shape = [2 ** 14, 2 ** 14];
      const storedBits = bits[type];
      return {
        dtype: isTensorDType(type) ? type : 'F32',
        shape,
        ...(storedBits !== undefined && { storedBits }),
      };
    },
    read: () => expect.fail('a weight was read'),
  };
}
const BITS = { Q8_0: 8.5, Q4_0: 4.5, Q4_K: 4.5, Q5_K: 5.5, Q6_K: 6.5625, Q2_K: 2.625 };
const choose = (types: readonly string[], request: object = {}) =>
  planWeights('load', { checkpoint: matrices(types, BITS) }, { dtype: undefined, ...request });
const refused = (body: () => unknown): MemoryLimitError => {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(MemoryLimitError);
    return error as MemoryLimitError;
  }
  return expect.fail('it was not refused');
};

describe('dtype auto', () => {
  it.each([
    [['F32', 'F16', 'BF16'], 'f32'],
    [['Q8_0', 'Q8_0', 'F32'], 'q8'],
    [['Q4_0', 'Q4_0', 'Q8_0'], 'q4'],
    // As of llama.cpp's Q4_K_M, Q5_K_M and Q2_K.
    [['Q4_K', 'Q4_K', 'Q4_K', 'Q6_K', 'F32'], 'q4'],
    [['Q5_K', 'Q5_K', 'Q6_K'], 'q8'],
    [['Q2_K', 'Q2_K', 'Q4_K'], 'q4'],
  ] as const)('of a file of %j is %s', (types, expected) => {
    expect(choose(types)).toBe(expected);
  });

  it('is the largest type that fits where floats do not', () => {
    expect(choose(['F32', 'F32', 'F32'])).toBe('f32');
    expect(choose(new Array(4).fill('F32'))).toBe('f16');
    expect(choose(new Array(8).fill('F16'))).toBe('q8');
    expect(choose(new Array(16).fill('BF16'))).toBe('q4');
    expect(choose(['F32', 'F32', 'F32'], { memoryLimit: 2 * 2 ** 30 })).toBe('f16');
    expect(choose(new Array(8).fill('Q8_0'), { memoryLimit: 2 * 2 ** 30 })).toBe('q4');
  });

  it('counts what each worker holds, and the limit of all together', () => {
    expect(choose(new Array(8).fill('F32'), { shards: 3 })).toBe('f32');
    expect(choose(new Array(8).fill('F32'), { copies: 3 })).toBe('q8');
    expect(choose(new Array(8).fill('F32'), { shards: 3, memoryLimit: 5 * 2 ** 30 })).toBe('f16');
    expect(choose(new Array(2).fill('F32'), { copies: 3, memoryLimit: 4 * 2 ** 30 })).toBe('f16');
  });
});

describe('a model that does not fit', () => {
  it('is refused with what it needs in each dtype and which of them fit', () => {
    const error = refused(() => choose(new Array(5).fill('F32'), { dtype: 'f32' }));
    expect(error).toMatchObject({
      code: 'ERR_MEMORY_LIMIT',
      fits: ['f16', 'q8', 'q4'],
      limit: 4_294_901_760,
    });
    expect(Object.keys(error.needed)).toEqual(['f32', 'f16', 'q8', 'q4']);
    expect(error.needed.f32).toBe(5 * 2 ** 30 + 2 ** 22);
    expect(error.message).toBe(
      "load: the model needs 5.37 GB in f32, more than 4.29 GB (all that WebAssembly memory holds); it needs f32 5.37 GB, f16 2.69 GB, q8 1.43 GB, q4 843.1 MB: load it with dtype 'f16' or 'q8' or 'q4'",
    );
  });

  it('is refused with auto if no dtype fits', () => {
    const error = refused(() => choose(new Array(30).fill('F32')));
    expect(error.fits).toEqual([]);
    expect(error.message).toContain('no dtype fits');
    expect(refused(() => choose(['Q4_0'], { memoryLimit: 1000 })).limit).toBe(1000);
  });

  it.each([
    ['encoder', tinyFiles('bert')],
    ['causalLM', tinyDecoderFiles('gpt2')],
    ['seq2seqLM', tinySeq2SeqFiles('t5')],
    ['recurrentSeq2Seq', tinyRecurrentFiles()],
  ])('is refused by the loader of the kind %s', async (kind, source) => {
    const loading = loadModel(source as never, { memoryLimit: 4_000_000 });
    await expect(loading).rejects.toMatchObject({ code: 'ERR_MEMORY_LIMIT', limit: 4_000_000 });
    await expect(loadModel(source as never, { memoryLimit: 0.5 })).rejects.toThrow('memoryLimit must be');
    const model = await loadModel(source as never, { memoryLimit: 200_000_000, dtype: 'q8' });
    expect([model.kind, model.dtype]).toEqual([kind, 'q8']);
    await model.dispose();
  });
});

describe('what a model needs', () => {
  it.each([
    ['MiniLM', 'q4'],
    ['stories15M', 'q8'],
  ] as const)('is close to what the weights of %s take in %s', async (name, dtype) => {
    const source = name === 'MiniLM' ? MINILM : await storiesFiles();
    const loading = loadModel(source, { memoryLimit: 1 });
    const error = (await loading.catch((thrown: unknown) => thrown)) as MemoryLimitError;
    const needed = error.needed[dtype]!;
    const backend = await createBackend();
    const model = await loadModel(source, { backend, dtype });
    expect(needed).toBeGreaterThan(backend.weightBytes);
    // 4 MiB for activations and, of the decoder, 3.5 MB for the cache are more than the weights.
    expect(needed).toBeLessThan(1.1 * backend.weightBytes + 8_000_000);
    await model.dispose();
  });

  it.each([
    ['Q8_0', 'q8'],
    ['Q4_0', 'q4'],
    ['F16', 'f32'],
  ] as const)('keeps a GGUF file of %s as %s, and tells so', async (type, dtype) => {
    const config = { ...tinyDecoderConfig('llama'), ...SIZES, vocab_size: 61 };
    const file = await ggufOfCheckpoint(config, tinyLlama(), {
      type,
      interleaved: true,
      metadata: plainTokens(61),
    });
    const model = await loadCausalLM({ 'model.gguf': file });
    expect(model.dtype).toBe(dtype);
    expect((await model.generate(Int32Array.of(1, 5), { maxNewTokens: 2 })).tokens.length).toBeGreaterThan(0);
    await model.dispose();
  });
});

const SIZES = {
  hidden_size: 32,
  intermediate_size: 32,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  head_dim: 16,
  tie_word_embeddings: true,
};

/** A Llama whose rows are whole blocks of GGUF's quantised types. */
function tinyLlama(): Checkpoint {
  const layer = 'model.layers.0';
  const square = ['q', 'k', 'v', 'o'].map((name) => `${layer}.self_attn.${name}_proj.weight`);
  const wide = ['gate', 'up', 'down'].map((name) => `${layer}.mlp.${name}_proj.weight`);
  const norms = [
    `${layer}.input_layernorm.weight`,
    `${layer}.post_attention_layernorm.weight`,
    'model.norm.weight',
  ];
  const matrix = (name: string, rows: number): [string, FloatArray] => [
    name,
    { shape: [rows, 32], data: Float32Array.from(someIds(rows * 32, rows, 100), (value) => value / 500) },
  ];
  return checkpointOf(
    new Map([
      matrix('model.embed_tokens.weight', 61),
      ...[...square, ...wide].map((name) => matrix(name, 32)),
      ...norms.map((name): [string, FloatArray] => [
        name,
        { shape: [32], data: new Float32Array(32).fill(1) },
      ]),
    ]),
  );
}
