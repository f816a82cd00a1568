import { ConfigError } from '../../errors.ts';
import { encoderConfig, encoderPooling } from './encoder-config.ts';
import { familyConfig, type LongRopeFactors } from './family-config.ts';
import type { GgufHeader } from './header.ts';
import { MetadataReader } from './metadata-reader.ts';
import { llama3Scaling } from './rope-factors.ts';
import { checkArchitecture, type GgufArchitecture, type GgufDecoder, isFamily } from './tensor-names.ts';

/**
 * Converts the metadata of a GGUF file to a Hugging Face config.json. `ropeFactors` are the values of the tensor `rope_freqs.weight`, if
 * present.
 *
 * Throws `ConfigError` with the metadata key for an unsupported architecture and for missing, invalid or unsupported values.
 */
export function ggufConfig(
  { metadata, tensors }: GgufHeader,
  ropeFactors?: Float32Array,
  longRope?: LongRopeFactors,
): {
  architecture: GgufArchitecture;
  configJson: Record<string, unknown>;
  /** Of an encoder. */
  pooling?: 'mean' | 'cls';
} {
  const reader = new MetadataReader(metadata);
  const named = checkArchitecture(reader.text('general.architecture'));
  const isMixture = named === 'llama' && reader.size('llama.expert_count', 0, 0) > 0;
  const architecture: GgufArchitecture = isMixture ? 'mixtral' : named;
  if (reader.size('split.count', 1, 0) > 1) {
    throw new ConfigError(
      'GGUF: the model is split into several files; merge them with llama-gguf-split --merge',
    );
  }
  // The vocabulary size is the number of embedding rows, which may exceed the number of tokens.
  const rows = tensors.get('token_embd.weight')?.shape[0];
  if (architecture === 'bert' || architecture === 'nomic-bert') {
    const pooling = encoderPooling(reader, architecture);
    const config = encoderConfig(reader, architecture, { tensors });
    return {
      architecture,
      configJson: { ...config, ...(rows !== undefined && { vocab_size: rows }) },
      ...(pooling && { pooling }),
    };
  }
  const shared = {
    ...(rows !== undefined && { vocab_size: rows }),
    tie_word_embeddings: !tensors.has('output.weight'),
    ...readTokens(reader),
  };
  if (isFamily(architecture)) {
    if (ropeFactors) {
      throw new ConfigError(`GGUF: rope_freqs.weight is not supported for ${architecture}`);
    }
    const config = familyConfig(reader, architecture, { metadata, tensors }, longRope);
    return { architecture, configJson: { ...shared, ...config } };
  }
  const common = { architectures: [ARCHITECTURE_NAMES[architecture]], ...shared };
  const specific =
    architecture === 'gpt2'
      ? gpt2Config(reader)
      : llamaConfig(reader, architecture, (name) => tensors.has(name), ropeFactors);
  return { architecture, configJson: { ...common, ...specific } };
}

const ARCHITECTURE_NAMES: Readonly<Record<GgufDecoder, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  gpt2: 'GPT2LMHeadModel',
};

/** The BOS token and the EOS tokens, including those that end a turn (`eot`) or a message (`eom`). */
function readTokens(reader: MetadataReader): Record<string, unknown> {
  const bos = reader.id('tokenizer.ggml.bos_token_id');
  const eosIds = ['eos', 'eot', 'eom'].map((name) => reader.id(`tokenizer.ggml.${name}_token_id`));
  const eos = [...new Set(eosIds.filter((id) => id !== undefined))];
  return { ...(bos !== undefined && { bos_token_id: bos }), ...(eos.length > 0 && { eos_token_id: eos }) };
}

function llamaConfig(
  reader: MetadataReader,
  architecture: Exclude<GgufDecoder, 'gpt2'>,
  has: (tensor: string) => boolean,
  ropeFactors: Float32Array | undefined,
): Record<string, unknown> {
  const key = (name: string) => `${architecture}.${name}`;
  const hidden = reader.size(key('embedding_length'));
  const layers = reader.size(key('block_count'));
  const heads = reader.sizeOfLayers(key('attention.head_count'), layers);
  const headDim = reader.size(key('attention.key_length'), Math.floor(hidden / heads));
  requireValue(reader, key('expert_count'), 0);
  requireValue(reader, key('attention.value_length'), headDim);
  requireValue(reader, key('rope.dimension_count'), headDim);
  const window = reader.size(key('attention.sliding_window'), 0, 0);
  const theta = reader.number(key('rope.freq_base'), 10_000);
  const scaling = ropeFactors ? llama3Scaling(ropeFactors, theta) : readScaling(reader, key);
  return {
    // GGUF has no architecture for Mistral: it is a Llama with a sliding window.
    model_type: architecture === 'llama' && window > 0 ? 'mistral' : architecture,
    hidden_size: hidden,
    intermediate_size: reader.sizeOfLayers(key('feed_forward_length'), layers),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: reader.sizeOfLayers(key('attention.head_count_kv'), layers, heads),
    head_dim: headDim,
    max_position_embeddings: reader.size(key('context_length')),
    hidden_act: 'silu',
    rms_norm_eps: reader.number(key('attention.layer_norm_rms_epsilon')),
    rope_theta: theta,
    rope_interleave: architecture === 'llama',
    ...(scaling && { rope_scaling: scaling }),
    ...(window > 0 && { sliding_window: window, use_sliding_window: true, max_window_layers: 0 }),
    ...(architecture === 'llama' && {
      attention_bias: has('blk.0.attn_q.bias'),
      mlp_bias: has('blk.0.ffn_up.bias'),
    }),
  };
}

function readScaling(
  reader: MetadataReader,
  key: (name: string) => string,
): Record<string, unknown> | undefined {
  if (reader.has(key('rope.scale_linear'))) {
    return { rope_type: 'linear', factor: reader.number(key('rope.scale_linear')) };
  }
  const type = reader.text(key('rope.scaling.type'), 'none');
  if (type === 'none') return undefined;
  if (type === 'linear') return { rope_type: type, factor: reader.number(key('rope.scaling.factor')) };
  throw new ConfigError(
    `GGUF: ${key('rope.scaling.type')} must be none or linear, got ${JSON.stringify(type)}`,
  );
}

function gpt2Config(reader: MetadataReader): Record<string, unknown> {
  const layers = reader.size('gpt2.block_count');
  return {
    model_type: 'gpt2',
    n_embd: reader.size('gpt2.embedding_length'),
    n_layer: layers,
    n_head: reader.sizeOfLayers('gpt2.attention.head_count', layers),
    n_inner: reader.sizeOfLayers('gpt2.feed_forward_length', layers),
    n_positions: reader.size('gpt2.context_length'),
    layer_norm_epsilon: reader.number('gpt2.attention.layer_norm_epsilon'),
    activation_function: 'gelu_new',
  };
}

/** Throws `ConfigError` unless a value is absent or the only supported one. */
function requireValue(reader: MetadataReader, key: string, expected: number): void {
  const value = reader.size(key, expected, 0);
  if (value === expected) return;
  throw new ConfigError(`GGUF: ${key} must be ${expected}, other values are not supported; got ${value}`);
}
