import type { Checkpoint } from '../../src/index.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { ggufFile, TENSOR_TYPES, type TestValue } from './gguf.ts';
import { interleaveRows, plainTokens } from './gguf-models.ts';
import { bytesOf } from './safetensors.ts';
import type { TinyDecoder } from './tiny-decoders.ts';

// Converts checkpoints of the described decoders to GGUF files as the classes of llama.cpp's `conversion` do.

type Json = Readonly<Record<string, unknown>>;
interface Stored {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const text = (value: string): TestValue => ({ type: 'string', value });
const u32 = (value: unknown): TestValue => ({ type: 'u32', value: Number(value) });
const f32 = (value: unknown): TestValue => ({ type: 'f32', value: Number(value) });
const flag = (value: unknown): TestValue => ({ type: 'bool', value: Boolean(value) });

const ARCHITECTURES: Readonly<Record<string, string>> = {
  gemma3_text: 'gemma3',
  phi: 'phi2',
  cohere: 'command-r',
  gpt_neox: 'gptneox',
  qwen2_moe: 'qwen2moe',
  qwen3_moe: 'qwen3moe',
  mixtral: 'llama',
};

const MODEL: readonly (readonly [RegExp, string])[] = [
  [/embed_tokens|word_embeddings|embed_in/, 'token_embd'],
  [/^model\.norm|final_layernorm|final_layer_norm|ln_f/, 'output_norm'],
  [/lm_head|embed_out/, 'output'],
];
const LAYER: readonly (readonly [RegExp, string])[] = [
  [/pre_feedforward_layernorm/, 'ffn_norm'],
  [/post_feedforward_layernorm/, 'post_ffw_norm'],
  [/input_layernorm|ln_mlp/, 'attn_norm'],
  [/ln_attn/, 'attn_norm_2'],
  [/qkv_proj|query_key_value/, 'attn_qkv'],
  [/([qk])_norm/, 'attn_$1_norm'],
  [/([qkv])_proj/, 'attn_$1'],
  [/o_proj|self_attn\.dense|attention\.dense/, 'attn_output'],
  [/shared_expert_gate/, 'ffn_gate_inp_shexp'],
  [/shared_expert\.(\w+)_proj/, 'ffn_$1_shexp'],
  [/block_sparse_moe\.gate|mlp\.gate\b/, 'ffn_gate_inp'],
  [/gate_up_proj|up_proj|fc1|dense_h_to_4h/, 'ffn_up'],
  [/gate_proj/, 'ffn_gate'],
  [/down_proj|fc2|dense_4h_to_h/, 'ffn_down'],
];
/** Norms after the attention have another place in blocks with norms of both sides. */
const SANDWICH = ['gemma2', 'gemma3_text', 'olmo2'];
const EXPERTS: Readonly<Record<string, string>> = {
  w1: 'gate',
  w2: 'down',
  w3: 'up',
  gate_proj: 'gate',
  down_proj: 'down',
  up_proj: 'up',
};

function nameOf(type: string, name: string): string {
  const [, layer, inner = '', kind = ''] =
    /^(?:model\.layers|transformer\.h|gpt_neox\.layers)\.(\d+)\.(.*)\.(\w+)$/.exec(name) ?? [];
  if (layer === undefined) {
    const [, target] = MODEL.find(([pattern]) => pattern.test(name))!;
    return `${target}.${name.slice(name.lastIndexOf('.') + 1)}`;
  }
  const after = SANDWICH.includes(type) ? 'post_attention_norm' : 'ffn_norm';
  const list: typeof LAYER = [[/post_attention_layernorm/, after], ...LAYER];
  const [pattern, target] = list.find(([one]) => one.test(inner))!;
  return `blk.${layer}.${target.replace('$1', pattern.exec(inner)![1] ?? '')}.${kind}`;
}

function rowsInOrder({ shape, values }: Stored, order: readonly number[]): Stored {
  const width = values.length / shape[0]!;
  const result = new Float32Array(values.length);
  for (const [to, from] of order.entries()) {
    result.set(values.subarray(from * width, (from + 1) * width), to * width);
  }
  return { shape, values: result };
}

/** The rows of packed projections: of all queries, then all keys, then all values. */
function unpacked(config: Json, { shape, values }: Stored): Stored {
  const heads = Number(config.num_attention_heads);
  const isNew = config.new_decoder_architecture === true;
  const keyValueHeads = config.model_type === 'gpt_neox' ? heads : isNew ? Number(config.num_kv_heads) : 1;
  const [group, headDim] = [heads / keyValueHeads, Number(config.hidden_size) / heads];
  const order: number[] = [];
  const push = (index: number, part: number) => {
    for (let i = 0; i < headDim; i++) order.push((index * (group + 2) + part) * headDim + i);
  };
  for (let index = 0; index < keyValueHeads; index++) for (let q = 0; q < group; q++) push(index, q);
  for (const part of [group, group + 1])
    for (let index = 0; index < keyValueHeads; index++) push(index, part);
  return rowsInOrder({ shape, values }, order);
}

function converted(config: Json, name: string, stored: Stored): Stored {
  const type = String(config.model_type);
  if (type.startsWith('gemma') && name.endsWith('norm.weight')) {
    return { shape: stored.shape, values: stored.values.map((value) => value + 1) };
  }
  if (['granite', 'smollm3', 'mixtral'].includes(type) && /\.[qk]_proj\./.test(name)) {
    const heads = Number(name.includes('.q_proj.') ? config.num_attention_heads : config.num_key_value_heads);
    return {
      shape: stored.shape,
      values: interleaveRows(stored.values, heads, stored.shape[1] ?? 1),
    };
  }
  return name.includes('query_key_value') ? unpacked(config, stored) : stored;
}

const stack = (parts: readonly Stored[]): Stored => ({
  shape: [parts.length, ...parts[0]!.shape],
  values: Float32Array.from(parts.flatMap(({ values }) => [...values])),
});

function metadataOf(config: Json): Record<string, TestValue> {
  const type = String(config.model_type);
  const architecture = ARCHITECTURES[type] ?? type;
  const key = (name: string) => `${architecture}.${name}`;
  const heads = Number(config.num_attention_heads);
  const hidden = Number(config.hidden_size);
  const headDim = Number(config.head_dim ?? hidden / heads);
  const partial = Number(config.partial_rotary_factor ?? config.rotary_pct ?? 1);
  const epsilon = config.rms_norm_eps ?? (type.startsWith('phi3') ? 1e-5 : undefined);
  const scaling = config.rope_scaling as { rope_type?: string; factor?: number } | null | undefined;
  const given = (name: string, value: unknown, as: (value: unknown) => TestValue) =>
    value === undefined || value === null ? {} : { [key(name)]: as(value) };
  return {
    'general.architecture': text(architecture),
    [key('context_length')]: u32(config.max_position_embeddings),
    [key('embedding_length')]: u32(hidden),
    [key('block_count')]: u32(config.num_hidden_layers),
    [key('feed_forward_length')]: u32(config.intermediate_size ?? 4 * hidden),
    [key('attention.head_count')]: u32(heads),
    [key('attention.head_count_kv')]: u32(
      config.num_key_value_heads ?? (type === 'falcon' ? (config.num_kv_heads ?? 1) : heads),
    ),
    ...(config.head_dim !== undefined && {
      [key('attention.key_length')]: u32(headDim),
      [key('attention.value_length')]: u32(headDim),
    }),
    ...(epsilon === undefined
      ? {
          [key('attention.layer_norm_epsilon')]: f32(
            config.layer_norm_eps ?? config.layer_norm_epsilon ?? 1e-5,
          ),
        }
      : { [key('attention.layer_norm_rms_epsilon')]: f32(epsilon) }),
    [key('rope.dimension_count')]: u32(Math.trunc(headDim * partial)),
    ...given('rope.freq_base', config.rope_theta ?? config.rotary_emb_base, f32),
    ...(scaling?.rope_type === 'linear' && {
      [key('rope.scaling.type')]: text('linear'),
      [key('rope.scaling.factor')]: f32(scaling.factor),
    }),
    ...given('rope.scaling.original_context_length', config.original_max_position_embeddings, u32),
    ...(type === 'gemma3_text' && given('rope.freq_base_swa', config.rope_local_base_freq, f32)),
    ...(type === 'gemma3_text' &&
      given('attention.sliding_window_pattern', config.sliding_window_pattern, u32)),
    ...given('attn_logit_softcapping', config.attn_logit_softcapping, f32),
    ...given('final_logit_softcapping', config.final_logit_softcapping, f32),
    ...given(
      'attention.sliding_window',
      type === 'phi3' ? (config.sliding_window ?? 0) : config.sliding_window,
      u32,
    ),
    ...given('logit_scale', config.logit_scale ?? config.logits_scaling, f32),
    ...given('attention.scale', config.attention_multiplier, f32),
    ...given('embedding_scale', config.embedding_multiplier, f32),
    ...given('residual_scale', config.residual_multiplier, f32),
    ...given('use_parallel_residual', config.use_parallel_residual, flag),
    ...given('expert_count', config.num_experts ?? config.num_local_experts, u32),
    ...given('expert_used_count', config.num_experts_per_tok, u32),
    ...given('expert_feed_forward_length', config.moe_intermediate_size, u32),
    ...given('expert_shared_feed_forward_length', config.shared_expert_intermediate_size, u32),
  };
}

/** Values of config.json that a file cannot have, and what they are then. */
export const FIXED: Readonly<Partial<Record<TinyDecoder, Record<string, unknown>>>> = {
  gemma2: { query_pre_attn_scalar: 6 },
  gemma3: { query_pre_attn_scalar: 6 },
  cohere2: { layer_types: undefined },
  smollm3: { no_rope_layers: undefined },
};

/** The decoders that {@link ggufOfFamily} converts. */
export const FAMILIES: readonly TinyDecoder[] = [
  'gemma',
  'gemma2',
  'gemma3',
  'phi',
  'phi3',
  'phi3-longrope',
  'olmo2',
  'stablelm',
  'stablelm-parallel',
  'granite',
  'smollm3',
  'falcon-7b',
  'falcon-11b',
  'falcon-40b',
  'cohere',
  'cohere2',
  'gpt-neox',
  'gpt-neox-sequential',
  'mixtral',
  'qwen2-moe',
  'qwen3-moe',
];

/** Converts a checkpoint of a described decoder to a GGUF file of F32. */
export async function ggufOfFamily(
  config: Json,
  checkpoint: Checkpoint,
  more: { metadata?: Record<string, TestValue>; without?: readonly string[] } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const type = String(config.model_type);
  const tensors = new Map<string, Stored>();
  const stacks = new Map<string, Stored[]>();
  for (const name of checkpoint.names) {
    // Buffers of old checkpoints.
    if (/\.attention\.(?:masked_)?bias$/.test(name)) continue;
    const data = await checkpoint.read(name);
    const stored = converted(config, name, { shape: data.shape, values: toFloat32(data) });
    const [, layer, expert, part] = /layers\.(\d+)\..*experts\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
    const [, normLayer, qk, head] =
      /layers\.(\d+)\..*\.([qk])_layernorm\.norms\.(\d+)\.weight$/.exec(name) ?? [];
    const target =
      layer !== undefined
        ? `blk.${layer}.ffn_${EXPERTS[part!]}_exps.weight`
        : normLayer !== undefined
          ? `blk.${normLayer}.attn_${qk}_norm.weight`
          : undefined;
    if (target === undefined) {
      tensors.set(nameOf(type, name), stored);
    } else {
      const parts = stacks.get(target) ?? [];
      parts[Number(expert ?? head)] = stored;
      stacks.set(target, parts);
    }
  }
  for (const [name, parts] of stacks) tensors.set(name, stack(parts));
  const scaling = config.rope_scaling as { short_factor?: number[]; long_factor?: number[] } | null;
  if (scaling?.long_factor) {
    const factors = { short: scaling.short_factor!, long: scaling.long_factor };
    for (const [length, values] of Object.entries(factors)) {
      tensors.set(`rope_factors_${length}.weight`, {
        shape: [values.length],
        values: Float32Array.from(values),
      });
    }
  }
  for (const name of more.without ?? []) tensors.delete(name);
  const entries = [...tensors].map(([name, { shape, values }]) => [
    name,
    { type: TENSOR_TYPES.F32, shape, bytes: bytesOf(values) },
  ]);
  return ggufFile(
    { ...metadataOf(config), ...plainTokens(Number(config.vocab_size)), ...more.metadata },
    Object.fromEntries(entries),
  );
}
