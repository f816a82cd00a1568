import { describe, expect, it } from 'vitest';
import { type Checkpoint, ConfigError, createBackend } from '../../src/index.ts';
import { decoderFromCheckpoint, openSingleFile, parseDecoderConfig } from '../../src/internal.ts';
import { backendNames, difference, floats } from '../helpers/fixture.ts';
import { ggufFile, type TestValue } from '../helpers/gguf.ts';
import { ggufMetadata, ggufOfCheckpoint, logitsOf, plainTokens } from '../helpers/gguf-models.ts';
import {
  tinyDecoderCheckpoint,
  tinyDecoderConfig,
  tinyDecoderReference,
  tinyDecoders,
} from '../helpers/tiny-decoders.ts';

const TOLERANCE = 1e-4;

/** The frequency divisors of Llama 3.1, as llama.cpp writes them. */
function llama3Factors(dim: number, theta: number, factor: number): Float32Array {
  return Float32Array.from({ length: dim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * theta ** ((2 * i) / dim);
    if (wavelength < 8192 / 4) return 1;
    if (wavelength > 8192) return factor;
    const smooth = (8192 / wavelength - 1) / 3;
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

const tiny = tinyDecoders.filter((name) => name !== 'llama3');
const { ids } = tinyDecoderReference('llama').sequences[0]!;

describe('a GGUF file in parts', () => {
  const part = (number: number, count: number, tensors: number): Record<string, TestValue> => ({
    'split.no': { type: 'u16', value: number },
    'split.count': { type: 'u16', value: count },
    'split.tensors.count': { type: 'i32', value: tensors },
  });

  async function parts() {
    const checkpoint = await tinyDecoderCheckpoint('qwen2');
    const config = tinyDecoderConfig('qwen2');
    const half = Math.floor(checkpoint.names.length / 2);
    const build = (names: readonly string[], number: number) =>
      ggufOfCheckpoint(
        config,
        {
          names,
          info: (name) => checkpoint.info(name),
          read: (name, slice) => checkpoint.read(name, slice),
        },
        { metadata: part(number, 2, checkpoint.names.length) },
      );
    const source = {
      'm-00001-of-00002.gguf': await build(checkpoint.names.slice(0, half), 0),
      'm-00002-of-00002.gguf': await build(checkpoint.names.slice(half), 1),
    };
    return { source, config };
  }

  it('has the tensors of all', async () => {
    const { source, config } = await parts();
    const model = await openSingleFile(source);
    const whole = await openSingleFile({
      'm.gguf': await ggufOfCheckpoint(config, await tinyDecoderCheckpoint('qwen2')),
    });
    const backend = await createBackend('reference');
    const sequence = tinyDecoderReference('qwen2').sequences[0]!.ids;
    const logits = await logitsOf(backend, model!.configJson, model!.checkpoint, sequence);
    const want = await logitsOf(backend, whole!.configJson, whole!.checkpoint, sequence);
    expect(difference(logits, want)).toBe(0);
  });

  it('is refused with a part that is missing, of another model, or of another name', async () => {
    const { source } = await parts();
    const { 'm-00001-of-00002.gguf': first, 'm-00002-of-00002.gguf': second } = source;
    const open = (files: Record<string, Uint8Array>) => openSingleFile(files);
    await expect(open({ 'm-00001-of-00002.gguf': first })).rejects.toThrow('m-00002-of-00002.gguf');
    await expect(open({ 'm.gguf': first })).rejects.toThrow(
      'is one of 2 parts; the first of them must be loaded',
    );
    await expect(open({ ...source, 'm-00002-of-00002.gguf': first })).rejects.toThrow('is not part 2 of 2');
    const twice = { 'm-00001-of-00002.gguf': second, 'm-00002-of-00002.gguf': second };
    await expect(open(twice)).rejects.toThrow('is in two parts');
  });
});

describe('openSingleFile with a GGUF file', () => {
  it.each(tiny)('gives PyTorch’s logits for %s on every backend', async (name) => {
    const file = await ggufOfCheckpoint(tinyDecoderConfig(name), await tinyDecoderCheckpoint(name));
    const model = (await openSingleFile({ 'm.gguf': file }))!;
    const [reference] = tinyDecoderReference(name).sequences;
    for (const backendName of backendNames) {
      const backend = await createBackend(backendName);
      const logits = await logitsOf(backend, model.configJson, model.checkpoint, reference!.ids);
      expect(difference(logits, floats(reference!.logits).data)).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('gives the logits of the safetensors checkpoint for Llama 3', async () => {
    const config = {
      ...tinyDecoderConfig('llama3'),
      rope_theta: 500_000,
      rope_scaling: {
        rope_type: 'llama3',
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
    };
    const checkpoint = await tinyDecoderCheckpoint('llama3');
    const extra = { 'rope_freqs.weight': llama3Factors(8, 500_000, 8) };
    const model = (await openSingleFile({
      'm.gguf': await ggufOfCheckpoint(config, checkpoint, { extra }),
    }))!;
    expect(model.configJson.rope_scaling).toEqual(config.rope_scaling);
    expect(model.checkpoint.names).not.toContain('rope_freqs.weight');
    const backend = await createBackend('reference');
    const [wanted, got] = [
      await logitsOf(backend, config, checkpoint, ids),
      await logitsOf(backend, model.configJson, model.checkpoint, ids),
    ];
    expect(difference(got, wanted)).toBeLessThanOrEqual(1e-5);
    const plain = await logitsOf(backend, { ...config, rope_scaling: null }, checkpoint, ids);
    expect(difference(got, plain)).toBeGreaterThan(1e-4);
  });

  it('has the defaults of llama.cpp for values that the metadata lack', async () => {
    const config = tinyDecoderConfig('llama');
    const configOf = async (more: Record<string, TestValue>) => {
      const metadata = { ...ggufMetadata(config), ...plainTokens(9), ...more };
      delete metadata['llama.rope.freq_base'];
      delete metadata['llama.attention.head_count_kv'];
      delete metadata['llama.attention.key_length'];
      return (await openSingleFile({ 'm.gguf': ggufFile(metadata, {}) }))!.configJson;
    };
    expect(await configOf({})).toMatchObject({
      rope_theta: 10_000,
      num_attention_heads: 4,
      num_key_value_heads: 4,
      head_dim: 6,
      bos_token_id: 1,
      eos_token_id: [2],
      model_type: 'llama',
      tie_word_embeddings: true,
    });
    const none = { ...ggufMetadata(config), ...plainTokens(9) };
    delete none['tokenizer.ggml.eos_token_id'];
    expect((await openSingleFile({ 'm.gguf': ggufFile(none, {}) }))!.configJson).not.toHaveProperty(
      'eos_token_id',
    );
    const linear: TestValue = { type: 'f32', value: 2 };
    expect(await configOf({ 'llama.rope.scale_linear': linear })).toMatchObject({
      rope_scaling: { rope_type: 'linear', factor: 2 },
    });
  });

  it('reads slices of transposed GPT-2 weights', async () => {
    const checkpoint = await tinyDecoderCheckpoint('gpt2');
    const file = await ggufOfCheckpoint(tinyDecoderConfig('gpt2'), checkpoint);
    const model = (await openSingleFile({ 'm.gguf': file }))!;
    const name = 'transformer.h.1.attn.c_attn.weight';
    expect(model.checkpoint.info(name)).toEqual({ dtype: 'F32', shape: [24, 72] });
    for (const slice of [undefined, { axis: 0, from: 3, to: 5 }, { axis: 1, from: 24, to: 48 }] as const) {
      expect(await model.checkpoint.read(name, slice)).toEqual(
        await checkpoint.read(name.replace('transformer.', ''), slice),
      );
    }
  });
});

describe('openSingleFile', () => {
  const heads = async (...source: Parameters<typeof openSingleFile>) =>
    (await openSingleFile(...source))?.configJson.num_attention_heads;

  it('finds a GGUF file by its extension or magic number', async () => {
    const file = await ggufOfCheckpoint(tinyDecoderConfig('llama'), await tinyDecoderCheckpoint('llama'));
    expect(await heads({ 'm.GGUF': file }, { weightsFile: 'm.GGUF' })).toBe(4);
    expect(await heads({ 'm.bin': file })).toBe(4);
    expect(await heads({ 'm.gguf': new Blob([file.subarray(0, 999), file.subarray(999)]) })).toBe(4);
    // Repositories of GGUF files often hold the configuration of the model that they were made from.
    expect(await heads({ 'config.json': '{}', 'm.gguf': file })).toBe(4);
    expect(await heads({ 'config.json': '{}', 'm.gguf': file, 'model.safetensors': '' })).toBeUndefined();
    const several = { 'a.gguf': file, 'b.gguf': file };
    await expect(heads(several)).rejects.toThrow('several .gguf files in the files given: a.gguf, b.gguf');
    expect(await heads(several, { weightsFile: 'b.gguf' })).toBe(4);
  });

  it('opens a GGUF file of a hub repository', async () => {
    const file = await ggufOfCheckpoint(tinyDecoderConfig('qwen2'), await tinyDecoderCheckpoint('qwen2'));
    const requested: string[] = [];
    const serve = (async (url: URL) => {
      requested.push(url.href);
      return new Response(file.slice());
    }) as unknown as typeof fetch;
    const options = { weightsFile: 'q4/m.gguf', fetch: serve, cache: false, revision: 'v1' };
    expect(await heads('org/name', options)).toBe(4);
    expect(requested).toEqual(['https://huggingface.co/org/name/resolve/v1/q4/m.gguf']);
  });
});

describe('openSingleFile with an unsupported GGUF file', () => {
  const build = async (metadata: Record<string, TestValue>, extra: Record<string, Float32Array> = {}) => {
    const checkpoint = await tinyDecoderCheckpoint('llama');
    return { 'm.gguf': await ggufOfCheckpoint(tinyDecoderConfig('llama'), checkpoint, { metadata, extra }) };
  };
  const text = (value: string): TestValue => ({ type: 'string', value });
  const u32 = (value: number): TestValue => ({ type: 'u32', value });

  it.each<[string, Record<string, TestValue>, string]>([
    [
      'an unsupported architecture',
      { 'general.architecture': text('mamba') },
      'general.architecture must be one of llama, qwen2, qwen3, gpt2, bert, nomic-bert, gemma, gemma2, gemma3, phi2, phi3, olmo2, stablelm, granite, smollm3, falcon, command-r, cohere2, gptneox, qwen2moe, qwen3moe, got "mamba"',
    ],
    [
      'an architecture named like a property of Object.prototype',
      { 'general.architecture': text('constructor') },
      'got "constructor"',
    ],
    ['an architecture that is a number', { 'general.architecture': u32(1) }, 'must be a string, got 1'],
    [
      'experts without a number for each token',
      { 'llama.expert_count': u32(8) },
      'llama.expert_used_count must be a whole number of at least 1, got nothing',
    ],
    [
      'partial rotary embeddings',
      { 'llama.rope.dimension_count': u32(4) },
      'llama.rope.dimension_count must be 6',
    ],
    [
      'values of another width than keys',
      { 'llama.attention.value_length': u32(4) },
      'llama.attention.value_length must be 6',
    ],
    [
      'no layers',
      { 'llama.block_count': u32(0) },
      'llama.block_count must be a whole number of at least 1, got 0',
    ],
    [
      'head counts per layer',
      { 'llama.attention.head_count': { type: 'u32', value: [4, 2] } },
      'llama.attention.head_count differs between layers',
    ],
    [
      'an epsilon of NaN',
      { 'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: Number.NaN } },
      'must be a number of at least 0, got NaN',
    ],
    [
      'an epsilon of infinity',
      { 'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: Infinity } },
      'must be a number of at least 0, got Infinity',
    ],
    [
      'an epsilon that is a text',
      { 'llama.attention.layer_norm_rms_epsilon': text('1') },
      'must be a number of at least 0, got "1"',
    ],
    [
      'a size that is a text',
      { 'llama.block_count': text('2') },
      'llama.block_count must be a whole number of at least 1, got "2"',
    ],
    [
      'a size that is not whole',
      { 'llama.block_count': { type: 'f32', value: 1.5 } },
      'llama.block_count must be a whole number of at least 1, got 1.5',
    ],
    [
      'an unsupported rope scaling',
      { 'llama.rope.scaling.type': text('yarn') },
      'llama.rope.scaling.type must be none or linear, got "yarn"',
    ],
  ])('throws ConfigError for %s', async (_, metadata, message) => {
    const opening = openSingleFile(await build(metadata));
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(message);
  });

  it('throws ConfigError for frequency factors that are not those of Llama 3', async () => {
    for (const factors of [Float32Array.of(1, 2, 3), Float32Array.of(1, 1, 0), new Float32Array(0)]) {
      const opening = openSingleFile(await build({}, { 'rope_freqs.weight': factors }));
      await expect(opening).rejects.toThrow('rope_freqs.weight must be the frequency factors of Llama 3');
    }
  });

  it('throws ConfigError with the key of a missing value', async () => {
    const checkpoint: Checkpoint = await tinyDecoderCheckpoint('llama');
    const config = { ...tinyDecoderConfig('llama'), model_type: 'qwen2' };
    const file = await ggufOfCheckpoint(config, checkpoint, {
      metadata: { 'general.architecture': text('llama') },
    });
    await expect(openSingleFile({ 'm.gguf': file })).rejects.toThrow(
      'GGUF: llama.embedding_length must be a whole number of at least 1, got nothing',
    );
  });

  it('throws FormatError when two tensors have one name', async () => {
    const name = 'model.layers.1.self_attn.q_proj.weight';
    const opening = openSingleFile(await build({}, { [name]: new Float32Array(4) }));
    await expect(opening).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      rule: 'duplicate-tensor',
      message: expect.stringContaining(`"blk.1.attn_q.weight" and "${name}" are both "${name}"`),
    });
  });

  it('returns a checkpoint that loadDecoder rejects when it has an unknown tensor', async () => {
    const model = (await openSingleFile(await build({}, { 'blk.0.extra.weight': new Float32Array(4) })))!;
    const backend = await createBackend('reference');
    const loading = decoderFromCheckpoint(parseDecoderConfig(model.configJson), model.checkpoint, backend);
    await expect(loading).rejects.toThrow('blk.0.extra.weight');
  });
});
