import { ConfigError } from '../../errors.ts';
import type { MetadataReader } from './metadata-reader.ts';
import type { GgufFamily } from './tensor-names.ts';

/** llama.cpp's `LLAMA_MAX_EXPERTS`. */
const MAX_EXPERTS = 512;

/** A decoder that is described by data: what its config.json says besides what all have. */
export interface Family {
  readonly modelType: string;
  readonly className: string;
  /** Keys, without the architecture, of this family alone. */
  readonly keys?: readonly string[];
  /** Whether queries and keys are rotated in neighbouring pairs, as the file's rows are ordered. */
  readonly interleaved?: boolean;
  readonly epsilon: 'rms' | 'layer';
  readonly config?: (file: FamilyFile) => Record<string, unknown>;
}

/** What a family reads. */
interface FamilyFile {
  readonly reader: MetadataReader;
  readonly key: (name: string) => string;
  readonly sizes: FamilySizes;
  /** Whether there is a tensor of this name in the first layer, or outside the layers. */
  readonly has: (tensor: string) => boolean;
}

export interface FamilySizes {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly intermediate: number;
  readonly context: number;
  readonly epsilon: number;
}

/** The decoders, by their architecture in GGUF. */
export const FAMILIES: Readonly<Record<GgufFamily, Family>> = {
  gemma: { modelType: 'gemma', className: 'GemmaForCausalLM', epsilon: 'rms' },
  gemma2: {
    modelType: 'gemma2',
    className: 'Gemma2ForCausalLM',
    epsilon: 'rms',
    keys: ['attn_logit_softcapping', 'final_logit_softcapping', 'attention.sliding_window'],
    config: ({ reader, key, sizes }) => ({
      query_pre_attn_scalar: gemmaScalar(sizes, 46),
      attn_logit_softcapping: reader.number(key('attn_logit_softcapping'), 50),
      final_logit_softcapping: reader.number(key('final_logit_softcapping'), 30),
      sliding_window: reader.size(key('attention.sliding_window'), 4096),
    }),
  },
  gemma3: {
    modelType: 'gemma3_text',
    className: 'Gemma3ForCausalLM',
    epsilon: 'rms',
    keys: [
      'final_logit_softcapping',
      'attention.sliding_window',
      'attention.sliding_window_pattern',
      'rope.freq_base_swa',
    ],
    config: ({ reader, key, sizes }) => ({
      query_pre_attn_scalar: gemmaScalar(sizes, 62),
      attn_logit_softcapping: null,
      final_logit_softcapping: reader.has(key('final_logit_softcapping'))
        ? reader.number(key('final_logit_softcapping'))
        : null,
      sliding_window: reader.size(key('attention.sliding_window')),
      sliding_window_pattern: reader.size(key('attention.sliding_window_pattern'), 6),
      rope_theta: reader.number(key('rope.freq_base'), 1e6),
      rope_local_base_freq: reader.number(key('rope.freq_base_swa'), 10_000),
    }),
  },
  phi2: {
    modelType: 'phi',
    className: 'PhiForCausalLM',
    epsilon: 'layer',
    config: ({ has }) => {
      if (has('attn_qkv.weight')) {
        throw new ConfigError('GGUF: attn_qkv of phi2 is not supported; convert the model again');
      }
      return { qk_layernorm: false };
    },
  },
  phi3: {
    modelType: 'phi3',
    className: 'Phi3ForCausalLM',
    epsilon: 'rms',
    keys: ['attention.sliding_window', 'rope.scaling.attn_factor'],
    config: ({ reader, key, sizes }) => ({
      // 0 says that there is none.
      sliding_window: reader.size(key('attention.sliding_window'), 0, 0) || null,
      original_max_position_embeddings: reader.size(
        key('rope.scaling.original_context_length'),
        sizes.context,
      ),
    }),
  },
  olmo2: { modelType: 'olmo2', className: 'Olmo2ForCausalLM', epsilon: 'rms' },
  stablelm: {
    modelType: 'stablelm',
    className: 'StableLmForCausalLM',
    epsilon: 'layer',
    keys: ['use_parallel_residual'],
    config: ({ has }) => ({
      // As llama.cpp decides it: StableLM 2 12B has no norm before the feed-forward network.
      use_parallel_residual: !has('ffn_norm.weight'),
      use_qkv_bias: has('attn_q.bias'),
      qk_layernorm: has('attn_q_norm.weight'),
    }),
  },
  granite: {
    modelType: 'granite',
    className: 'GraniteForCausalLM',
    epsilon: 'rms',
    interleaved: true,
    keys: ['attention.scale', 'embedding_scale', 'residual_scale', 'logit_scale'],
    config: ({ reader, key, sizes, has }) => ({
      attention_multiplier: reader.number(key('attention.scale'), sizes.headDim ** -0.5),
      embedding_multiplier: reader.number(key('embedding_scale'), 1),
      residual_multiplier: reader.number(key('residual_scale'), 1),
      logits_scaling: reader.number(key('logit_scale'), 1),
      attention_bias: has('attn_q.bias'),
      mlp_bias: has('ffn_up.bias'),
    }),
  },
  smollm3: {
    modelType: 'smollm3',
    className: 'SmolLM3ForCausalLM',
    epsilon: 'rms',
    interleaved: true,
    config: ({ has }) => ({
      no_rope_layer_interval: 4,
      attention_bias: has('attn_q.bias'),
      mlp_bias: has('ffn_up.bias'),
    }),
  },
  falcon: {
    modelType: 'falcon',
    className: 'FalconForCausalLM',
    epsilon: 'layer',
    config: ({ sizes, has }) => {
      const twoNorms = has('attn_norm_2.weight');
      const isNew = sizes.keyValueHeads > 1 || twoNorms;
      return {
        new_decoder_architecture: isNew,
        num_ln_in_parallel_attn: twoNorms ? 2 : 1,
        multi_query: true,
        num_kv_heads: sizes.keyValueHeads,
        parallel_attn: true,
        alibi: false,
        bias: false,
        ffn_hidden_size: sizes.intermediate,
        layer_norm_epsilon: sizes.epsilon,
      };
    },
  },
  'command-r': {
    modelType: 'cohere',
    className: 'CohereForCausalLM',
    epsilon: 'layer',
    keys: ['logit_scale'],
    config: ({ reader, key, has }) => ({
      logit_scale: reader.number(key('logit_scale')),
      use_qk_norm: has('attn_q_norm.weight'),
    }),
  },
  cohere2: {
    modelType: 'cohere2',
    className: 'Cohere2ForCausalLM',
    epsilon: 'layer',
    keys: ['logit_scale', 'attention.sliding_window'],
    config: ({ reader, key }) => ({
      logit_scale: reader.number(key('logit_scale')),
      sliding_window: reader.size(key('attention.sliding_window')),
      sliding_window_pattern: 4,
    }),
  },
  gptneox: {
    modelType: 'gpt_neox',
    className: 'GPTNeoXForCausalLM',
    epsilon: 'layer',
    keys: ['use_parallel_residual'],
    config: ({ reader, key, has }) => ({
      use_parallel_residual: reader.flag(key('use_parallel_residual'), true),
      rotary_emb_base: reader.number(key('rope.freq_base'), 10_000),
      attention_bias: has('attn_qkv.bias'),
    }),
  },
  qwen2moe: {
    modelType: 'qwen2_moe',
    className: 'Qwen2MoeForCausalLM',
    epsilon: 'rms',
    keys: [
      'expert_count',
      'expert_used_count',
      'expert_feed_forward_length',
      'expert_shared_feed_forward_length',
    ],
    config: ({ reader, key, sizes }) => ({
      ...experts(reader, key),
      moe_intermediate_size: reader.size(key('expert_feed_forward_length')),
      shared_expert_intermediate_size: reader.size(
        key('expert_shared_feed_forward_length'),
        sizes.intermediate,
      ),
      norm_topk_prob: false,
      use_sliding_window: false,
    }),
  },
  qwen3moe: {
    modelType: 'qwen3_moe',
    className: 'Qwen3MoeForCausalLM',
    epsilon: 'rms',
    keys: ['expert_count', 'expert_used_count', 'expert_feed_forward_length'],
    config: ({ reader, key }) => ({
      ...experts(reader, key),
      moe_intermediate_size: reader.size(key('expert_feed_forward_length')),
      norm_topk_prob: true,
      attention_bias: false,
      use_sliding_window: false,
    }),
  },
  mixtral: {
    modelType: 'mixtral',
    className: 'MixtralForCausalLM',
    epsilon: 'rms',
    interleaved: true,
    keys: ['expert_count', 'expert_used_count', 'attention.sliding_window'],
    config: ({ reader, key }) => {
      const { num_experts: count, ...used } = experts(reader, key);
      return {
        num_local_experts: count,
        ...used,
        sliding_window: reader.size(key('attention.sliding_window'), 0, 0) || null,
      };
    },
  },
};

/** Gemma's `query_pre_attn_scalar`, which the files do not have: that of the models of 27 B, and else the features of a head, as in llama.cpp. */
function gemmaScalar({ layers, hidden, heads, headDim }: FamilySizes, layersOf27B: number): number {
  return layers === layersOf27B ? hidden / heads : headDim;
}

function experts(reader: MetadataReader, key: (name: string) => string) {
  const count = reader.size(key('expert_count'));
  if (count > MAX_EXPERTS) {
    throw new ConfigError(`GGUF: ${key('expert_count')} must be at most ${MAX_EXPERTS}, got ${count}`);
  }
  return { num_experts: count, num_experts_per_tok: reader.size(key('expert_used_count')) };
}
