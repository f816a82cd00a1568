import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  FormatError,
  loadCausalLM,
  loadEncoder,
  loadModel,
  Tokenizer,
} from '../../src/index.ts';
import { saveModel } from '../../src/save.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { backendNames, difference } from '../helpers/fixture.ts';
import { ggufFile, TENSOR_TYPES, type TestValue } from '../helpers/gguf.ts';
import { encodeAs } from '../helpers/quantize.ts';
import { tinyCheckpoint, tinyConfig, tinyFiles, tinyTokenizer } from '../helpers/tiny-encoders.ts';

// Converts checkpoints to GGUF files as llama.cpp's convert_hf_to_gguf.py does.

const TEXTS = ['She sat by the muddy river bank.', 'Paris is the capital of France', 'x'];

const NAMES: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  bert: [
    [/attention\.self\.query/, 'attn_q'],
    [/attention\.self\.key/, 'attn_k'],
    [/attention\.self\.value/, 'attn_v'],
    [/attention\.output\.dense/, 'attn_output'],
    [/attention\.output\.LayerNorm/, 'attn_output_norm'],
    [/intermediate\.dense/, 'ffn_up'],
    [/output\.dense/, 'ffn_down'],
    [/output\.LayerNorm/, 'layer_output_norm'],
  ],
  'nomic-bert': [
    [/attn\.Wqkv/, 'attn_qkv'],
    [/attn\.out_proj/, 'attn_output'],
    [/norm1/, 'attn_output_norm'],
    [/mlp\.fc11/, 'ffn_up'],
    [/mlp\.fc12/, 'ffn_gate'],
    [/mlp\.fc2/, 'ffn_down'],
    [/norm2/, 'layer_output_norm'],
  ],
};
const EMBEDDINGS: readonly (readonly [RegExp, string])[] = [
  [/^bert\.embeddings\.word_embeddings/, 'token_embd'],
  [/^bert\.embeddings\.position_embeddings/, 'position_embd'],
  [/^bert\.embeddings\.token_type_embeddings/, 'token_types'],
  [/^bert\.(?:embeddings\.LayerNorm|emb_ln)/, 'token_embd_norm'],
];

/** The name in the file; undefined for heads and poolers, which are not converted. */
function ggufName(architecture: string, name: string): string | undefined {
  const layer = /^bert\.encoder\.layers?\.(\d+)\.(.*)$/.exec(name);
  const current = name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
  if (!layer) {
    const [pattern, target] = EMBEDDINGS.find(([embedding]) => embedding.test(name)) ?? [];
    return pattern && !name.includes('position_ids') ? current.replace(pattern, target!) : undefined;
  }
  const [, index, part = ''] = layer;
  const [pattern, target] = NAMES[architecture]!.find(([inLayer]) => inLayer.test(part))!;
  const kind = /\.(gamma|weight)$/.test(part) ? 'weight' : 'bias';
  return pattern && `blk.${index}.${target}.${kind}`;
}

const text = (value: string): TestValue => ({ type: 'string', value });
const u32 = (value: number): TestValue => ({ type: 'u32', value });
const f32 = (value: number): TestValue => ({ type: 'f32', value });

/** The metadata of a tiny encoder, with the vocabulary in llama.cpp's spelling. */
function metadataOf(architecture: string): Record<string, TestValue> {
  const { vocab } = tinyTokenizer().model as { vocab: Record<string, number> };
  const tokens = Object.keys(vocab);
  const key = (name: string) => `${architecture}.${name}`;
  const config = tinyConfig(architecture === 'bert' ? 'bert' : 'nomic-bert') as Record<string, number>;
  return {
    'general.architecture': text(architecture),
    [key('context_length')]: u32(20),
    [key('embedding_length')]: u32(24),
    [key('block_count')]: u32(2),
    [key('feed_forward_length')]: u32(40),
    [key('attention.head_count')]: u32(3),
    [key('attention.layer_norm_epsilon')]: f32(1e-12),
    [key('attention.causal')]: { type: 'bool', value: false },
    [key('pooling_type')]: u32(architecture === 'bert' ? 2 : 1),
    ...(architecture === 'nomic-bert' && { [key('rope.freq_base')]: f32(config.rotary_emb_base!) }),
    'tokenizer.ggml.model': text('bert'),
    'tokenizer.ggml.tokens': {
      type: 'string',
      value: tokens.map((token) =>
        token.startsWith('[') ? token : token.startsWith('##') ? token.slice(2) : `\u2581${token}`,
      ),
    },
    'tokenizer.ggml.token_type': {
      type: 'i32',
      value: tokens.map((token) => (token === '[UNK]' ? 2 : token.startsWith('[') ? 3 : 1)),
    },
    'tokenizer.ggml.cls_token_id': u32(vocab['[CLS]']!),
    'tokenizer.ggml.seperator_token_id': u32(vocab['[SEP]']!),
    'tokenizer.ggml.unknown_token_id': u32(vocab['[UNK]']!),
    'tokenizer.ggml.padding_token_id': u32(vocab['[PAD]']!),
    'tokenizer.ggml.mask_token_id': u32(vocab['[MASK]']!),
  };
}

async function ggufOf(
  architecture: 'bert' | 'nomic-bert',
  changes: Record<string, TestValue> = {},
  type: 'F32' | 'Q8_0' = 'F32',
) {
  const checkpoint = await tinyCheckpoint(architecture);
  const tensors: Record<string, { type: number; shape: readonly number[]; bytes: Uint8Array }> = {};
  for (const name of checkpoint.names) {
    const target = ggufName(architecture, name);
    if (target === undefined) continue;
    const data = await checkpoint.read(name);
    const as = data.shape.length === 2 && data.shape[1]! % 32 === 0 ? type : 'F32';
    tensors[target] = { type: TENSOR_TYPES[as], shape: data.shape, bytes: encodeAs(as, toFloat32(data)) };
  }
  return { 'model.gguf': ggufFile({ ...metadataOf(architecture), ...changes }, tensors) };
}

const options = { weightsFile: 'model.gguf' };

it('the file of a tiny BERT that the tests of workers load is made so', async () => {
  const file = new URL('../fixtures/encoders/bert/model.gguf', import.meta.url);
  const made = (await ggufOf('bert'))['model.gguf'];
  expect(readFileSync(file).equals(made)).toBe(true);
});

describe.each(['bert', 'nomic-bert'] as const)('a GGUF file of %s', (architecture) => {
  it.each(backendNames)('embeds as the safetensors do on %s', async (backend) => {
    const file = await loadEncoder(await ggufOf(architecture), { ...options, backend });
    const plain = await loadEncoder(tinyFiles(architecture), { backend, taskHeads: [] });
    expect(file.config.modelType).toBe(plain.config.modelType);
    const pooling = architecture === 'bert' ? 'cls' : 'mean';
    for (const [i, vector] of (await file.embed(TEXTS)).entries()) {
      const expected = await plain.embed(TEXTS[i]!, { pooling, normalize: true });
      expect(difference(vector, expected)).toBeLessThanOrEqual(1e-6);
    }
    await Promise.all([file.dispose(), plain.dispose()]);
  });

  it('is saved as a repository with the same vectors', async () => {
    const files = await ggufOf(architecture);
    const saved = new Map<string, Uint8Array>();
    await saveModel(files, saved, { ...options, dtype: 'q8' });
    expect([...saved.keys()].sort()).toEqual([
      '1_Pooling/config.json',
      'config.json',
      'model.safetensors',
      'modules.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const file = await loadEncoder(files, { ...options, backend: 'wasm-simd', dtype: 'q8' });
    const repository = await loadEncoder(saved, { backend: 'wasm-simd' });
    expect(repository.dtype).toBe('q8');
    expect(await repository.embed(TEXTS)).toEqual(await file.embed(TEXTS));
    await Promise.all([file.dispose(), repository.dispose()]);
  });

  it('is opened by loadModel too, and refused by loadCausalLM', async () => {
    const files = await ggufOf(architecture);
    const model = await loadModel(files, { ...options, backend: 'reference' });
    expect(model.kind).toBe('encoder');
    await model.dispose();
    await expect(loadCausalLM(files, options)).rejects.toThrow('load it with loadEncoder');
  });

  it.each<readonly [string, TestValue, string]>([
    ['attention.causal', { type: 'bool', value: true }, 'attention.causal must be false'],
    ['pooling_type', u32(4), 'pooling_type must be 0 (none), 1 (mean) or 2 (cls), got 4 (rank)'],
    ['pooling_type', u32(9), 'got 9'],
  ])('with %s %j throws ConfigError', async (key, value, message) => {
    const loading = loadEncoder(await ggufOf(architecture, { [`${architecture}.${key}`]: value }), options);
    await expect(loading).rejects.toThrow(ConfigError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe('the tokenizer of a GGUF file of BERT', () => {
  it('gives the ids of tokenizer.json, for pairs too', async () => {
    const model = await loadEncoder(await ggufOf('bert'), { ...options, backend: 'reference' });
    const plain = Tokenizer.fromFiles({ tokenizerJson: tinyTokenizer() });
    for (const one of [...TEXTS, 'Séoul, 서울!', '[MASK] is a [CLS] test', '']) {
      expect([...model.tokenizer.encode(one).ids], one).toEqual([...plain.encode(one).ids]);
    }
    const pair = model.tokenizer.encode('the bank', { pair: 'a river' });
    expect([...pair.typeIds]).toEqual([0, 0, 0, 0, 1, 1, 1]);
  });

  it('is refused if the model is cased or tokens are equal', async () => {
    const tokens = metadataOf('bert')['tokenizer.ggml.tokens']!.value as string[];
    const replaced = (at: number, token: string): Record<string, TestValue> => ({
      'tokenizer.ggml.tokens': { type: 'string', value: tokens.with(at, token) },
    });
    const cased = loadEncoder(await ggufOf('bert', replaced(40, '\u2581Paris')), options);
    await expect(cased).rejects.toThrow(ConfigError);
    await expect(cased).rejects.toThrow('"Paris", has a capital letter');
    const twice = loadEncoder(await ggufOf('bert', replaced(40, tokens[41]!)), options);
    await expect(twice).rejects.toThrow(FormatError);
  });
});
