import { describe, expect, it } from 'vitest';
import { ConfigError, createBackend, LoadError } from '../../src/index.ts';
import { openSingleFile } from '../../src/internal.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { withFamilyNames } from '../../src/weights/gguf/family-names.ts';
import { difference, floats } from '../helpers/fixture.ts';
import type { TestValue } from '../helpers/gguf.ts';
import { FAMILIES, FIXED, ggufOfFamily } from '../helpers/gguf-families.ts';
import { logitsOf } from '../helpers/gguf-models.ts';
import {
  type TinyDecoder,
  tinyDecoderCheckpoint,
  tinyDecoderConfig,
  tinyDecoderReference,
} from '../helpers/tiny-decoders.ts';

const backend = await createBackend('reference');

async function open(name: TinyDecoder, more?: Parameters<typeof ggufOfFamily>[2]) {
  const config = { ...tinyDecoderConfig(name), ...FIXED[name] };
  const file = await ggufOfFamily(config, await tinyDecoderCheckpoint(name), more);
  return { config, model: (await openSingleFile({ 'm.gguf': file }))! };
}

describe('a GGUF file of a described decoder', () => {
  it.each(FAMILIES)('has the logits of the checkpoint that it was made of: %s', async (name) => {
    const { config, model } = await open(name);
    const reference = tinyDecoderReference(name).sequences[0]!;
    const got = await logitsOf(backend, model.configJson, model.checkpoint, reference.ids);
    const wanted = FIXED[name]
      ? await logitsOf(backend, config, await tinyDecoderCheckpoint(name), reference.ids)
      : floats(reference.logits).data;
    expect(difference(got, wanted)).toBeLessThanOrEqual(1e-4);
  });

  it.each<[TinyDecoder, string]>([
    ['gpt-neox', 'gpt_neox.layers.1.attention.query_key_value.weight'],
    ['falcon-40b', 'transformer.h.1.self_attention.query_key_value.weight'],
    ['gemma', 'model.layers.1.input_layernorm.weight'],
    ['qwen2-moe', 'model.layers.1.mlp.experts.2.down_proj.weight'],
    ['stablelm-parallel', 'model.layers.1.self_attn.k_layernorm.norms.1.weight'],
  ])('has the tensors of the checkpoint, and slices of them: %s', async (name, tensor) => {
    const { model } = await open(name);
    const checkpoint = await tinyDecoderCheckpoint(name);
    const { shape } = checkpoint.info(tensor);
    expect(model.checkpoint.info(tensor).shape).toEqual(shape);
    for (const slice of [undefined, { axis: 0, from: 1, to: 3 }, { axis: 1, from: 2, to: 5 }] as const) {
      if (slice && slice.axis >= shape.length) continue;
      const [got, wanted] = [
        await model.checkpoint.read(tensor, slice),
        await checkpoint.read(tensor, slice),
      ];
      expect(got.shape).toEqual(wanted.shape);
      expect(difference(toFloat32(got), toFloat32(wanted))).toBeLessThanOrEqual(1e-6);
    }
  });

  it('is refused with FormatError when two of its tensors have one name', () => {
    const stored = ['blk.0.ffn_up.weight', 'model.layers.0.mlp.up_proj.weight'];
    const info = { dtype: 'F32', shape: [2, 2] } as const;
    for (const names of [stored, stored.toReversed()]) {
      const checkpoint = { names, info: () => info, read: () => Promise.reject(new Error('not read')) };
      expect(() => withFamilyNames(checkpoint, 'gemma', {})).toThrow(
        expect.objectContaining({
          rule: 'duplicate-tensor',
          message: expect.stringContaining(`"${names[1]}" and another one are both "${stored[1]}"`),
        }),
      );
    }
  });

  it('has 10,000 as the base of rotation in windows of Gemma 3 by default', async () => {
    const config = { ...tinyDecoderConfig('gemma3'), rope_local_base_freq: undefined };
    const file = await ggufOfFamily(config, await tinyDecoderCheckpoint('gemma3'));
    const model = await openSingleFile({ 'm.gguf': file });
    expect(model?.configJson).toMatchObject({ rope_local_base_freq: 10_000 });
  });

  const u32 = (value: number): TestValue => ({ type: 'u32', value });
  const text = (value: string): TestValue => ({ type: 'string', value });

  it.each<[string, TinyDecoder, Record<string, TestValue>, string]>([
    [
      'an unknown key',
      'gemma',
      { 'gemma.attention.causal': { type: 'bool', value: false } },
      'gemma.attention.causal is not supported',
    ],
    [
      'experts of a model without',
      'olmo2',
      { 'olmo2.expert_count': u32(2) },
      'olmo2.expert_count is not supported',
    ],
    [
      'OLMo 3’s windows',
      'olmo2',
      { 'olmo2.attention.sliding_window': u32(8) },
      'sliding_window is not supported',
    ],
    ['YaRN', 'phi3', { 'phi3.rope.scaling.type': text('yarn') }, 'must be none or linear, got "yarn"'],
    [
      'values of another width',
      'gemma',
      { 'gemma.attention.value_length': u32(4) },
      'must be gemma.attention.key_length 6, got 4',
    ],
    ['too many rotated features', 'phi', { 'phi2.rope.dimension_count': u32(8) }, 'must be at most 4, got 8'],
    [
      'another number of experts',
      'qwen3-moe',
      { 'qwen3moe.expert_count': u32(3) },
      'must have 3 parts on its first axis, got [4, 8, 16]',
    ],
    ['far too many experts', 'qwen3-moe', { 'qwen3moe.expert_count': u32(600) }, 'must be at most 512'],
    [
      'another number of heads',
      'gpt-neox',
      { 'gptneox.attention.head_count': u32(5) },
      'attn_qkv must have rows for 5 heads',
    ],
  ])('is refused with %s', async (_, name, metadata, message) => {
    const opening = open(name, { metadata });
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(message);
  });

  it('is refused without the factors of short texts, and without a tensor', async () => {
    const without = (name: string) => ({ without: [name] });
    await expect(open('phi3-longrope', without('rope_factors_short.weight'))).rejects.toThrow(LoadError);
    const { model } = await open('gemma2', without('blk.1.post_ffw_norm.weight'));
    const loading = logitsOf(backend, model.configJson, model.checkpoint, [1]);
    await expect(loading).rejects.toThrow('model.layers.1.post_feedforward_layernorm.weight');
  });
});
