import { describe, expect, it } from 'vitest';
import { ConfigError, createBackend, fillMask, loadEncoder, type TensorData } from '../../src/index.ts';
import { readEncoderConfig } from '../../src/internal.ts';
import { logBucket } from '../../src/nn/attention/disentangled.ts';
import { difference } from '../helpers/fixture.ts';
import { changedFiles, type TinyArchitecture, tinyConfig, tinyFiles } from '../helpers/tiny-encoders.ts';

const TEXT = 'she sat by the river bank';

/** Embeds the text with a changed checkpoint or configuration, and with the fixture as it is. */
async function differenceOf(
  name: TinyArchitecture,
  change: (tensors: Map<string, TensorData>) => void,
  config: Record<string, unknown>,
): Promise<number> {
  const options = { backend: 'reference', taskHeads: [] } as const;
  const changed = await loadEncoder(await changedFiles(name, change, config), options);
  const plain = await loadEncoder(tinyFiles(name), options);
  return difference(await changed.embed(TEXT), await plain.embed(TEXT));
}

/** Renames tensors, and splits those whose new name is a list into equal parts of their rows. */
function renamed(tensors: Map<string, TensorData>, rename: (name: string) => string | readonly string[]) {
  for (const [name, data] of [...tensors]) {
    tensors.delete(name);
    const names = [rename(name)].flat();
    const [rows = 0, ...rest] = data.shape;
    const size = data.bytes.length / names.length;
    for (const [i, part] of names.entries()) {
      const bytes = data.bytes.slice(i * size, (i + 1) * size);
      tensors.set(part, { ...data, bytes, shape: [rows / names.length, ...rest] });
    }
  }
}

describe('other layouts of the same model', () => {
  it('of NomicBERT: the names of Hugging Face Transformers 5', async () => {
    const names: readonly (readonly [RegExp, string])[] = [
      [/^bert\./, 'nomic_bert.'],
      [/encoder\.layers/, 'layers'],
      [/emb_ln/, 'embeddings.LayerNorm'],
      [/attn\.out_proj/, 'self_attn.o_proj'],
      [/fc11/, 'up_proj'],
      [/fc12/, 'gate_proj'],
      [/fc2/, 'down_proj'],
      [/norm1/, 'post_attention_layernorm'],
      [/norm2/, 'post_mlp_layernorm'],
    ];
    const rename = (name: string) => {
      const changed = names.reduce((text, [from, to]) => text.replace(from, to), name);
      return changed.includes('attn.Wqkv')
        ? ['q', 'k', 'v'].map((part) => changed.replace('attn.Wqkv', `self_attn.${part}_proj`))
        : changed;
    };
    const original = tinyConfig('nomic-bert');
    const removed = Object.fromEntries(Object.keys(original).map((name) => [name, undefined]));
    const config = {
      ...removed,
      model_type: 'nomic_bert',
      vocab_size: 90,
      hidden_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      intermediate_size: 40,
      max_position_embeddings: 20,
      layer_norm_eps: 1e-12,
      rope_parameters: { rope_type: 'default', rope_theta: 50 },
    };
    expect(await differenceOf('nomic-bert', (tensors) => renamed(tensors, rename), config)).toBe(0);
  });

  it('of GTE: queries, keys and values in layers of their own', async () => {
    const rename = (name: string) =>
      name.includes('qkv_proj')
        ? ['q', 'k', 'v'].map((part) => name.replace('qkv_proj', `${part}_proj`))
        : name;
    const change = (tensors: Map<string, TensorData>) => renamed(tensors, rename);
    expect(await differenceOf('gte-new', change, { pack_qkv: false })).toBe(0);
  });

  it('of ALBERT: groups of layers, and several blocks in a layer', async () => {
    const again = (from: string, to: string) => (tensors: Map<string, TensorData>) => {
      for (const [name, data] of [...tensors]) {
        if (name.includes(from)) tensors.set(name.replace(from, to), data);
      }
    };
    const groups = again('layer_groups.0', 'layer_groups.1');
    expect(await differenceOf('albert', groups, { num_hidden_groups: 2 })).toBe(0);
    const inner = again('albert_layers.0', 'albert_layers.1');
    expect(await differenceOf('albert', inner, { num_hidden_layers: 1, inner_group_num: 2 })).toBe(0);
  });

  it('of ModernBERT: layer_types and rope_parameters of newer files', async () => {
    const config = {
      global_attn_every_n_layers: undefined,
      global_rope_theta: undefined,
      local_rope_theta: undefined,
      layer_types: ['full_attention', 'sliding_attention'],
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta: 900 },
        sliding_attention: { rope_type: 'default', rope_theta: 40 },
      },
    };
    expect(await differenceOf('modernbert', () => {}, config)).toBe(0);
    const plain = { ...config, layer_types: ['full_attention', 'full_attention'] };
    expect(await differenceOf('modernbert', () => {}, plain)).toBeGreaterThan(1e-3);
  });

  it('of DeBERTa: types of positions as a list', async () => {
    expect(await differenceOf('deberta-v3', () => {}, { pos_att_type: ['c2p', 'p2c'] })).toBe(0);
    expect(await differenceOf('deberta-v3', () => {}, { pos_att_type: ['c2p'] })).toBeGreaterThan(1e-3);
  });
});

it('holds the weights of blocks that share them once', async () => {
  const bytes = async (layers: number) => {
    const backend = await createBackend('reference');
    const files = tinyFiles('albert', { num_hidden_layers: layers });
    await loadEncoder(files, { backend, taskHeads: [] });
    return backend.weightBytes;
  };
  expect(await bytes(6)).toBe(await bytes(1));
});

it('puts distances into the buckets of DeBERTa v3', () => {
  // Of make_log_bucket_position(…, 256, 512) in PyTorch 1.13.
  const expected = [
    [0, 0],
    [128, 128],
    [129, 129],
    [131, 131],
    [200, 169],
    [300, 207],
    [400, 233],
    [510, 255],
    [511, 255],
    [600, 270],
  ] as const;
  for (const [distance, bucket] of expected) {
    expect(logBucket(distance, 256, 512)).toBe(bucket);
    expect(logBucket(-distance, 256, 512) + bucket).toBe(0);
  }
});

describe('a head for masked tokens with tie_word_embeddings: false', () => {
  const load = async (name: TinyArchitecture, change: (tensors: Map<string, TensorData>) => void) =>
    loadEncoder(await changedFiles(name, change, { tie_word_embeddings: false }), {
      backend: 'reference',
      taskHeads: ['maskedLM'],
    });

  it.each([
    ['bert', 'cls.predictions.decoder'],
    ['roberta', 'lm_head.decoder'],
    ['distilbert', 'vocab_projector'],
    ['electra', 'generator_lm_head'],
    ['albert', 'predictions.decoder'],
    ['modernbert', 'decoder'],
  ] as const)('is refused for %s when the checkpoint has no weight of its own', async (name, layer) => {
    const loading = load(name, (tensors) => tensors.delete(`${layer}.weight`));
    await expect(loading).rejects.toThrow(ConfigError);
    await expect(loading).rejects.toThrow(/tie_word_embeddings is false.*needs an output layer of its own/);
  });

  it('is refused when the checkpoint has only the bias that the layer would share', async () => {
    const loading = load('bert', (tensors) => {
      tensors.set('cls.predictions.decoder.weight', tensors.get('bert.embeddings.word_embeddings.weight')!);
      tensors.delete('cls.predictions.decoder.bias');
    });
    await expect(loading).rejects.toThrow(
      /has only cls\.predictions\.decoder\.weight and cls\.predictions\.bias/,
    );
  });

  it('uses its weight and bias', async () => {
    const name = 'bert';
    const add = (tensors: Map<string, TensorData>) => {
      const table = tensors.get('bert.embeddings.word_embeddings.weight')!;
      tensors.set('cls.predictions.decoder.weight', { ...table, bytes: new Uint8Array(table.bytes.length) });
      const bias = tensors.get('cls.predictions.bias')!;
      const values = new Float32Array(bias.bytes.length / 4);
      values[7] = 20;
      tensors.set('cls.predictions.decoder.bias', { ...bias, bytes: new Uint8Array(values.buffer) });
    };
    const model = await load(name, add);
    const [mask] = await fillMask(model, 'she sat by the [MASK]', { topK: 1 });
    const [best] = mask!.candidates;
    expect(model.tokenizer.tokenToId(best!.token)).toBe(7);
    expect(best!.score).toBeGreaterThan(0.99);
  });
});

describe('values that change the result in an unsupported way', () => {
  it.each<readonly [TinyArchitecture, Record<string, unknown>, string]>([
    ['bert', { is_decoder: true }, 'is_decoder'],
    ['mpnet', { relative_attention_num_buckets: 64 }, 'relative_attention_num_buckets'],
    ['modernbert', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'rope_scaling'],
    [
      'modernbert',
      { rope_parameters: { full_attention: { rope_type: 'yarn' } } },
      'rope_parameters.full_attention.rope_type',
    ],
    ['modernbert', { layer_types: ['full_attention'] }, 'layer_types'],
    ['modernbert', { layer_types: ['full_attention', 'linear_attention'] }, 'layer_types'],
    ['modernbert', { classifier_pooling: 'max' }, 'classifier_pooling'],
    ['modernbert', { hidden_activation: 'mish' }, 'activation'],
    ['nomic-bert', { rotary_scaling_factor: 2 }, 'rotary_scaling_factor'],
    ['nomic-bert', { rotary_emb_fraction: 0 }, 'rotary_emb_fraction'],
    ['nomic-bert', { rotary_emb_scale_base: 512 }, 'rotary_emb_scale_base'],
    ['nomic-bert', { moe_every_n_layers: 2, num_experts: 8 }, 'moe_every_n_layers'],
    ['nomic-bert', { prenorm: true }, 'prenorm'],
    ['nomic-bert', { use_rms_norm: true }, 'use_rms_norm'],
    ['nomic-bert', { activation_function: 'glu' }, 'activation'],
    ['gte-new', { rope_scaling: { type: 'dynamic', factor: 2 } }, 'rope_scaling.type'],
    ['gte-new', { rope_scaling: { type: 'ntk', factor: 2, mixed_b: 0.6 } }, 'rope_scaling.mixed_b'],
    ['gte-new', { position_embedding_type: 'alibi' }, 'position_embedding_type'],
    ['gte-new', { logn_attention_scale: true }, 'logn_attention_scale'],
    ['gte-new', { layer_norm_type: 'rms_norm' }, 'layer_norm_type'],
    ['albert', { position_embedding_type: 'relative_key' }, 'position_embedding_type'],
    ['jina-bert', { feed_forward_type: 'swiglu' }, 'feed_forward_type'],
    ['jina-bert', { position_embedding_type: 'rope' }, 'position_embedding_type'],
    ['deberta-v3', { pos_att_type: 'c2p|p2p' }, 'pos_att_type'],
    ['deberta-v3', { conv_kernel_size: 2 }, 'conv_kernel_size must be odd, got 2'],
    ['deberta-v3', { conv_kernel_size: 3, conv_groups: 2 }, 'conv_groups'],
    ['deberta-v3', { embedding_size: 16 }, 'embedding_size'],
    ['deberta-v3', { position_buckets: 2 }, 'position_buckets'],
    ['deberta-v3', { attention_head_size: 16 }, 'attention_head_size'],
  ])('of %s, %j, throw ConfigError', async (name, values, field) => {
    const reading = readEncoderConfig({ ...tinyConfig(name), ...values });
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(field);
  });
});
