import { ConfigError } from '../../errors.ts';
import { memorySource } from '../../platform/bytes.ts';
import { toFloat32 } from '../convert.ts';
import { readTensor } from '../slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../types.ts';
import { ggufError } from './rules.ts';
import type { GgufFamily } from './tensor-names.ts';

// The names of the tensors of the decoders that are described by data, as in llama.cpp's tensor_mapping.py, and the changes that its converter
// makes to their values, undone.

/** The names of a family's tensors. */
export interface FamilyNames {
  readonly layers: string;
  readonly layerTensors: Readonly<Record<string, string>>;
  readonly modelTensors: Readonly<Record<string, string>>;
  /** Tensors that are a stack of those of Hugging Face, whose number stands in place of `{}`. */
  readonly stacked?: Readonly<Record<string, string>>;
  /** Whether 1 was added to the weights of norms. */
  readonly plusOne?: boolean;
  /** The tensor of a layer with queries, keys and values one after another; in Hugging Face's they are by group of heads. */
  readonly packed?: string;
}

const ATTENTION = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
};
const HEAD_NORMS = { attn_q_norm: 'self_attn.q_norm', attn_k_norm: 'self_attn.k_norm' };
const FEED_FORWARD = { ffn_gate: 'mlp.gate_proj', ffn_up: 'mlp.up_proj', ffn_down: 'mlp.down_proj' };
const NORMS = { attn_norm: 'input_layernorm', ffn_norm: 'post_attention_layernorm' };
const MODEL = { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' };

const llamaLike = (layerTensors: Readonly<Record<string, string>>): FamilyNames => ({
  layers: 'model.layers',
  layerTensors,
  modelTensors: MODEL,
});

const LLAMA = llamaLike({ ...ATTENTION, ...FEED_FORWARD, ...NORMS });
const SANDWICH = {
  ...ATTENTION,
  ...FEED_FORWARD,
  attn_norm: 'input_layernorm',
  post_attention_norm: 'post_attention_layernorm',
  ffn_norm: 'pre_feedforward_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
};
const QWEN_EXPERTS = {
  ffn_gate_exps: 'mlp.experts.{}.gate_proj',
  ffn_up_exps: 'mlp.experts.{}.up_proj',
  ffn_down_exps: 'mlp.experts.{}.down_proj',
};

const FAMILIES: Readonly<Record<GgufFamily, FamilyNames>> = {
  gemma: { ...LLAMA, plusOne: true },
  gemma2: { ...llamaLike(SANDWICH), plusOne: true },
  gemma3: { ...llamaLike({ ...SANDWICH, ...HEAD_NORMS }), plusOne: true },
  phi2: {
    layers: 'model.layers',
    layerTensors: {
      ...ATTENTION,
      attn_output: 'self_attn.dense',
      attn_norm: 'input_layernorm',
      ffn_up: 'mlp.fc1',
      ffn_down: 'mlp.fc2',
    },
    modelTensors: { ...MODEL, output_norm: 'model.final_layernorm' },
  },
  phi3: llamaLike({
    ...NORMS,
    attn_qkv: 'self_attn.qkv_proj',
    attn_output: 'self_attn.o_proj',
    ffn_up: 'mlp.gate_up_proj',
    ffn_down: 'mlp.down_proj',
  }),
  olmo2: llamaLike({
    ...ATTENTION,
    ...HEAD_NORMS,
    ...FEED_FORWARD,
    post_attention_norm: 'post_attention_layernorm',
    post_ffw_norm: 'post_feedforward_layernorm',
  }),
  stablelm: {
    ...LLAMA,
    stacked: {
      attn_q_norm: 'self_attn.q_layernorm.norms.{}',
      attn_k_norm: 'self_attn.k_layernorm.norms.{}',
    },
  },
  granite: LLAMA,
  smollm3: LLAMA,
  falcon: {
    layers: 'transformer.h',
    layerTensors: {
      attn_norm: 'input_layernorm',
      attn_qkv: 'self_attention.query_key_value',
      attn_output: 'self_attention.dense',
      ffn_up: 'mlp.dense_h_to_4h',
      ffn_down: 'mlp.dense_4h_to_h',
    },
    modelTensors: {
      token_embd: 'transformer.word_embeddings',
      output_norm: 'transformer.ln_f',
      output: 'lm_head',
    },
    packed: 'attn_qkv',
  },
  'command-r': llamaLike({ ...ATTENTION, ...HEAD_NORMS, ...FEED_FORWARD, attn_norm: 'input_layernorm' }),
  cohere2: llamaLike({ ...ATTENTION, ...FEED_FORWARD, attn_norm: 'input_layernorm' }),
  gptneox: {
    layers: 'gpt_neox.layers',
    layerTensors: {
      attn_norm: 'input_layernorm',
      attn_qkv: 'attention.query_key_value',
      attn_output: 'attention.dense',
      ffn_norm: 'post_attention_layernorm',
      ffn_up: 'mlp.dense_h_to_4h',
      ffn_down: 'mlp.dense_4h_to_h',
    },
    modelTensors: {
      token_embd: 'gpt_neox.embed_in',
      output_norm: 'gpt_neox.final_layer_norm',
      output: 'embed_out',
    },
    packed: 'attn_qkv',
  },
  qwen2moe: {
    ...llamaLike({
      ...ATTENTION,
      ...NORMS,
      ffn_gate_inp: 'mlp.gate',
      ffn_gate_inp_shexp: 'mlp.shared_expert_gate',
      ffn_gate_shexp: 'mlp.shared_expert.gate_proj',
      ffn_up_shexp: 'mlp.shared_expert.up_proj',
      ffn_down_shexp: 'mlp.shared_expert.down_proj',
    }),
    stacked: QWEN_EXPERTS,
  },
  qwen3moe: {
    ...llamaLike({ ...ATTENTION, ...HEAD_NORMS, ...NORMS, ffn_gate_inp: 'mlp.gate' }),
    stacked: QWEN_EXPERTS,
  },
  mixtral: {
    ...llamaLike({ ...ATTENTION, ...NORMS, ffn_gate_inp: 'block_sparse_moe.gate' }),
    stacked: {
      ffn_gate_exps: 'block_sparse_moe.experts.{}.w1',
      ffn_up_exps: 'block_sparse_moe.experts.{}.w3',
      ffn_down_exps: 'block_sparse_moe.experts.{}.w2',
    },
  },
};

/** Factors of rotary frequencies: they are part of the configuration. */
export const LONG_ROPE = { short: 'rope_factors_short.weight', long: 'rope_factors_long.weight' } as const;
const IGNORED: readonly string[] = [LONG_ROPE.short, LONG_ROPE.long, 'rope_freqs.weight'];

/** A tensor under Hugging Face's name. */
interface Source {
  readonly info: TensorInfo;
  read(slice?: TensorSlice): Promise<TensorData>;
}

/**
 * Presents the tensors of a family's file under Hugging Face's names and with its values. Unknown names are kept, so that loading reports them.
 *
 * Throws `FormatError` (`duplicate-tensor`) if two tensors have one name.
 */
export function withFamilyNames(
  checkpoint: Checkpoint,
  family: GgufFamily,
  config: Readonly<Record<string, unknown>>,
): Checkpoint {
  const names = FAMILIES[family];
  // Falcon's second norm is that of the attention, the first that of the feed-forward network.
  const twoNorms = family === 'falcon' && config.num_ln_in_parallel_attn === 2;
  const layerTensors = twoNorms
    ? { ...names.layerTensors, attn_norm: 'ln_mlp', attn_norm_2: 'ln_attn' }
    : names.layerTensors;
  const sources = new Map<string, Source>();
  const add = (name: string, stored: string, source: Source) => {
    if (sources.has(name)) {
      throw ggufError(
        'duplicate-tensor',
        `tensor ${JSON.stringify(stored)} and another one are both ${JSON.stringify(name)}`,
      );
    }
    sources.set(name, source);
  };
  for (const stored of checkpoint.names) {
    if (IGNORED.includes(stored)) continue;
    const plain: Source = {
      info: checkpoint.info(stored),
      read: (slice) => checkpoint.read(stored, slice),
    };
    const [, layer, part = '', kind = ''] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(stored) ?? [];
    const table = layer === undefined ? names.modelTensors : layerTensors;
    const prefix = layer === undefined ? '' : `${names.layers}.${layer}.`;
    const pattern = layer === undefined ? undefined : ownOf(names.stacked, part);
    const target = ownOf(table, part);
    if (pattern !== undefined) {
      for (const [i, source] of unstacked(stored, plain, countOf(part, config)).entries()) {
        add(`${prefix}${pattern.replace('{}', String(i))}.${kind}`, `${stored}.${i}`, source);
      }
    } else if (target === undefined) {
      add(stored, stored, plain);
    } else if (names.plusOne && part.endsWith('norm') && kind === 'weight') {
      add(`${prefix}${target}.${kind}`, stored, lessOne(plain));
    } else if (layer !== undefined && part === names.packed) {
      add(`${prefix}${target}.${kind}`, stored, byGroup(plain, config));
    } else {
      add(`${prefix}${target}.${kind}`, stored, plain);
    }
  }
  const source = (name: string) => sources.get(name);
  return {
    names: [...sources.keys()],
    info: (name) => source(name)?.info ?? checkpoint.info(name),
    read: (name, slice) => source(name)?.read(slice) ?? checkpoint.read(name, slice),
  };
}

const ownOf = (table: Readonly<Record<string, string>> | undefined, name: string): string | undefined =>
  table && Object.hasOwn(table, name) ? table[name] : undefined;

/** How many tensors a stack has: experts, or heads. */
function countOf(part: string, config: Readonly<Record<string, unknown>>): number {
  if (part === 'attn_q_norm') return Number(config.num_attention_heads);
  if (part === 'attn_k_norm') return Number(config.num_key_value_heads);
  return Number(config.num_experts ?? config.num_local_experts);
}

/** The tensors of a stack of `count`, whose first axis is that of the stack. */
function unstacked(name: string, { info, read }: Source, count: number): Source[] {
  const { dtype, shape } = info;
  if (shape[0] !== count || shape.length < 2 || shape.includes(0)) {
    throw new ConfigError(
      `GGUF: ${name} must have ${count} parts on its first axis, got [${shape.join(', ')}]`,
    );
  }
  const one: TensorInfo = { dtype, shape: shape.slice(1) };
  return Array.from({ length: count }, (_, i) => ({
    info: one,
    async read(slice) {
      const { bytes } = await read({ axis: 0, from: i, to: i + 1 });
      return readTensor(memorySource(bytes), 0, one, slice);
    },
  }));
}

/** The values less 1. */
function lessOne({ info, read }: Source): Source {
  return {
    info: { ...info, dtype: 'F32' },
    async read(slice) {
      const data = await read(slice);
      const values = Float32Array.from(toFloat32(data), (value) => value - 1);
      return { dtype: 'F32', shape: data.shape, bytes: new Uint8Array(values.buffer) };
    },
  };
}

/** Rows of all queries, then all keys, then all values, in Hugging Face's order: by group of heads its queries, its key and its value. */
function byGroup({ info, read }: Source, config: Readonly<Record<string, unknown>>): Source {
  const heads = Number(config.num_attention_heads);
  const keyValueHeads = Number(config.num_kv_heads ?? config.num_key_value_heads);
  const group = heads / keyValueHeads;
  const rows = info.shape[0] ?? 0;
  const headDim = rows / (heads + 2 * keyValueHeads);
  if (!Number.isInteger(headDim) || headDim < 1 || !Number.isInteger(group)) {
    throw new ConfigError(
      `GGUF: attn_qkv must have rows for ${heads} heads of queries and ${keyValueHeads} of keys and values, got ${rows}`,
    );
  }
  return {
    info,
    async read(slice) {
      const { dtype, bytes } = await read();
      const width = bytes.length / Math.max(1, rows);
      const ordered = new Uint8Array(bytes.length);
      const size = headDim * width;
      for (let to = 0; to < heads + 2 * keyValueHeads; to++) {
        const [index, part] = [Math.floor(to / (group + 2)), to % (group + 2)];
        const from =
          part < group ? index * group + part : heads + (part === group ? 0 : keyValueHeads) + index;
        ordered.set(bytes.subarray(from * size, (from + 1) * size), to * size);
      }
      return readTensor(memorySource(ordered), 0, { dtype, shape: info.shape }, slice);
    },
  };
}
