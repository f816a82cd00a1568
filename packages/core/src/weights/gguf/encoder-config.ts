import { ConfigError } from '../../errors.ts';
import type { GgufHeader } from './header.ts';
import type { MetadataReader } from './metadata-reader.ts';
import type { GgufEncoder } from './tensor-names.ts';

/** Values of `pooling_type`. */
const POOLINGS = ['none', 'mean', 'cls', 'last', 'rank'];

/** What config.json of an encoder would say. Throws `ConfigError` for missing, invalid or unsupported metadata. */
export function encoderConfig(
  reader: MetadataReader,
  architecture: GgufEncoder,
  { tensors }: Pick<GgufHeader, 'tensors'>,
): Record<string, unknown> {
  const key = (name: string) => `${architecture}.${name}`;
  const rows = (tensor: string) => tensors.get(tensor)?.shape[0];
  if (reader.flag(key('attention.causal'), false)) {
    throw new ConfigError(`GGUF: ${key('attention.causal')} must be false, got true`);
  }
  const contextLength = reader.size(key('context_length'));
  const sizes = {
    hidden: reader.size(key('embedding_length')),
    inner: reader.size(key('feed_forward_length')),
    layers: reader.size(key('block_count')),
    heads: reader.size(key('attention.head_count')),
    epsilon: reader.number(key('attention.layer_norm_epsilon')),
    types: rows('token_types.weight') ?? 0,
  };
  if (architecture === 'bert') {
    return {
      model_type: 'bert',
      architectures: ['BertModel'],
      hidden_size: sizes.hidden,
      intermediate_size: sizes.inner,
      num_hidden_layers: sizes.layers,
      num_attention_heads: sizes.heads,
      max_position_embeddings: rows('position_embd.weight') ?? contextLength,
      type_vocab_size: sizes.types,
      layer_norm_eps: sizes.epsilon,
      hidden_act: 'gelu',
    };
  }
  const scaling = reader.text(key('rope.scaling.type'), 'none');
  if (scaling !== 'none') {
    throw new ConfigError(`GGUF: ${key('rope.scaling.type')} must be none, got ${JSON.stringify(scaling)}`);
  }
  return {
    model_type: 'nomic_bert',
    architectures: ['NomicBertModel'],
    n_embd: sizes.hidden,
    n_inner: sizes.inner,
    n_layer: sizes.layers,
    n_head: sizes.heads,
    n_positions: contextLength,
    type_vocab_size: sizes.types,
    layer_norm_epsilon: sizes.epsilon,
    activation_function: 'swiglu',
    rotary_emb_base: reader.number(key('rope.freq_base'), 10_000),
    rotary_emb_fraction: 1,
    qkv_proj_bias: tensors.has('blk.0.attn_qkv.bias'),
    mlp_fc1_bias: tensors.has('blk.0.ffn_up.bias'),
    mlp_fc2_bias: tensors.has('blk.0.ffn_down.bias'),
  };
}

/**
 * How the vectors of tokens become one, `pooling_type`: `mean` or `cls`; undefined if the file does not say. Throws `ConfigError` for other
 * values.
 */
export function encoderPooling(
  reader: MetadataReader,
  architecture: GgufEncoder,
): 'mean' | 'cls' | undefined {
  const key = `${architecture}.pooling_type`;
  if (!reader.has(key)) return undefined;
  const type = reader.size(key, undefined, 0);
  const name = POOLINGS[type];
  if (name === 'none') return undefined;
  if (name === 'mean' || name === 'cls') return name;
  throw new ConfigError(
    `GGUF: ${key} must be 0 (none), 1 (mean) or 2 (cls), got ${type}${name ? ` (${name})` : ''}`,
  );
}
